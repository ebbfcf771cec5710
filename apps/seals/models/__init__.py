from apps.seals.models.media import KeyMedium, MediumEvent
from apps.seals.models.seals import Seal, SealEvent, SealGrant, SealIssue
from apps.seals.models.uses import Placement, SealLog, SealUse, UseBatch

__all__ = [
    "KeyMedium",
    "MediumEvent",
    "Placement",
    "Seal",
    "SealEvent",
    "SealGrant",
    "SealIssue",
    "SealLog",
    "SealUse",
    "UseBatch",
]
