"""Schemes, the appraisal of a month with every row it counted, appeals, targets."""

from apps.appraisal.models.appeals import Appeal
from apps.appraisal.models.figures import FigureChange, PointFact, PointFigure, SubjectLine
from apps.appraisal.models.runs import Pass, Run, Scheme
from apps.appraisal.models.staff import StaffFact, StaffLine
from apps.appraisal.models.targets import Target

__all__ = [
    "Appeal",
    "FigureChange",
    "Pass",
    "PointFact",
    "PointFigure",
    "Run",
    "Scheme",
    "StaffFact",
    "StaffLine",
    "SubjectLine",
    "Target",
]
