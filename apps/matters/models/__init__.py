"""Definitions, cases, the work on them, and what was thought of it."""

from apps.matters.models.case import (
    Case,
    CaseAttachment,
    CaseEvent,
    CaseFact,
    CaseLink,
)
from apps.matters.models.evaluation import Evaluation
from apps.matters.models.exchange import ExternalReference, OutsideResult
from apps.matters.models.inventory import InventoryItem
from apps.matters.models.listener import Listener, ListenerDelivery
from apps.matters.models.matter import (
    MatterApplication,
    MatterDomain,
    MatterOffer,
    MatterType,
    MatterVersion,
)
from apps.matters.models.migration import CaseMigration
from apps.matters.models.responsibility import Responsibility
from apps.matters.models.split import Split, SplitPart
from apps.matters.models.tombstone import Tombstone
from apps.matters.models.work import Countersigning, Order, Request, Task

__all__ = [
    "Case",
    "CaseAttachment",
    "CaseEvent",
    "CaseFact",
    "CaseLink",
    "CaseMigration",
    "Countersigning",
    "Evaluation",
    "ExternalReference",
    "InventoryItem",
    "Listener",
    "ListenerDelivery",
    "MatterApplication",
    "MatterDomain",
    "MatterOffer",
    "MatterType",
    "MatterVersion",
    "Order",
    "OutsideResult",
    "Request",
    "Responsibility",
    "Split",
    "SplitPart",
    "Task",
    "Tombstone",
]
