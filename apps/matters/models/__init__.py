"""Definitions, cases, the work on them, and what was thought of it."""

from apps.matters.models.case import (
    Case,
    CaseAttachment,
    CaseEvent,
    CaseFact,
    CaseLink,
)
from apps.matters.models.evaluation import Evaluation
from apps.matters.models.matter import MatterDomain, MatterType, MatterVersion
from apps.matters.models.work import Countersigning, Order, Request, Task

__all__ = [
    "Case",
    "CaseAttachment",
    "CaseEvent",
    "CaseFact",
    "CaseLink",
    "Countersigning",
    "Evaluation",
    "MatterDomain",
    "MatterType",
    "MatterVersion",
    "Order",
    "Request",
    "Task",
]
