"""Definitions, cases, the work on them, and what was thought of it."""

from apps.matters.models.case import (
    Case,
    CaseAttachment,
    CaseEvent,
    CaseFact,
    CaseLink,
)
from apps.matters.models.evaluation import Evaluation
from apps.matters.models.listener import Listener, ListenerDelivery
from apps.matters.models.matter import MatterDomain, MatterType, MatterVersion
from apps.matters.models.split import Split, SplitPart
from apps.matters.models.work import Order, Request, Task

__all__ = [
    "Case",
    "CaseAttachment",
    "CaseEvent",
    "CaseFact",
    "CaseLink",
    "Evaluation",
    "Listener",
    "ListenerDelivery",
    "MatterDomain",
    "MatterType",
    "MatterVersion",
    "Order",
    "Request",
    "Split",
    "SplitPart",
    "Task",
]
