"""Supervised objects with their credit, inspectors, draws and checks."""

from apps.inspection.models.checks import CheckResult
from apps.inspection.models.draws import Draw, DrawnInspector, DrawPlan, DrawResult
from apps.inspection.models.inspectors import Conflict, Inspector
from apps.inspection.models.objects import (
    BehaviourRecord,
    CreditChange,
    CreditScale,
    SupervisedObject,
)

__all__ = [
    "BehaviourRecord",
    "CheckResult",
    "Conflict",
    "CreditChange",
    "CreditScale",
    "Draw",
    "DrawPlan",
    "DrawResult",
    "DrawnInspector",
    "Inspector",
    "SupervisedObject",
]
