"""Schedules, holds, the nightly pass, and what a restored backup needs.

``scheduling``: versions of the schedule. ``holding``: single cases kept. ``running``: the pass.
``ledger``: the list of tombstones outside the database, and applying it again.
"""

from apps.retention.services.holding import lift_hold, place_hold
from apps.retention.services.ledger import Reapplied, reapply, write_ledger
from apps.retention.services.running import work_through
from apps.retention.services.scheduling import (
    LineSpec,
    agree,
    save_draft,
    send_back,
    submit,
    withdraw,
)

__all__ = [
    "LineSpec",
    "Reapplied",
    "agree",
    "lift_hold",
    "place_hold",
    "reapply",
    "save_draft",
    "send_back",
    "submit",
    "withdraw",
    "work_through",
    "write_ledger",
]
