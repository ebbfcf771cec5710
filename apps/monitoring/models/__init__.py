"""What is watched, what was measured, when it was out, and the one-key checks."""

from apps.monitoring.models.events import TargetEvent
from apps.monitoring.models.outages import Outage
from apps.monitoring.models.runs import CheckRun, RunFinding, RunPlan
from apps.monitoring.models.watched import Check, HourFigure, Measure, Sample, Target

__all__ = [
    "Check",
    "CheckRun",
    "HourFigure",
    "Measure",
    "Outage",
    "RunFinding",
    "RunPlan",
    "Sample",
    "Target",
    "TargetEvent",
]
