"""Pools and scripts, call-backs and their attempts, objections, bulletins."""

from apps.callbacks.models.bulletins import Bulletin
from apps.callbacks.models.disputes import Dispute, DisputeFile
from apps.callbacks.models.pools import Pool, Script
from apps.callbacks.models.tasks import Attempt, CallbackTask, Link

__all__ = [
    "Attempt",
    "Bulletin",
    "CallbackTask",
    "Dispute",
    "DisputeFile",
    "Link",
    "Pool",
    "Script",
]
