"""Supervised objects with their credit, inspectors, draws and checks."""

from apps.inspection.models.checks import CheckResult
from apps.inspection.models.draws import Draw, DrawnInspector, DrawPlan, DrawResult
from apps.inspection.models.inspectors import Conflict, Inspector
from apps.inspection.models.objects import (
    BehaviourRecord,
    CreditChange,
    ObjectUnit,
    SupervisedObject,
)
from apps.inspection.models.scales import CreditRun, CreditScale, CreditScaleDraft

__all__ = [
    "BehaviourRecord",
    "CheckResult",
    "Conflict",
    "CreditChange",
    "CreditRun",
    "CreditScale",
    "CreditScaleDraft",
    "Draw",
    "DrawPlan",
    "DrawResult",
    "DrawnInspector",
    "Inspector",
    "ObjectUnit",
    "SupervisedObject",
]
