from apps.seals.models.media import KeyMedium, MediumEvent
from apps.seals.models.seals import Seal, SealEvent, SealGrant, SealIssue
from apps.seals.models.uses import BatchPaper, Placement, SealLog, SealRenewal, SealUse, UseBatch

__all__ = [
    "BatchPaper",
    "KeyMedium",
    "MediumEvent",
    "Placement",
    "Seal",
    "SealEvent",
    "SealGrant",
    "SealIssue",
    "SealLog",
    "SealRenewal",
    "SealUse",
    "UseBatch",
]
