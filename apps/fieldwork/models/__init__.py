"""Workers, their cells and days, where they were on duty, and what they walked."""

from apps.fieldwork.models.duty import DutySession, LastPosition, Position, PositionBatch
from apps.fieldwork.models.patrols import (
    CheckIn,
    Patrol,
    PatrolPlan,
    PatrolPoint,
    PatrolStop,
    SpotCheck,
    SpotDraw,
)
from apps.fieldwork.models.roster import DutyDay, Leave, Shift, ShiftPlan
from apps.fieldwork.models.workers import CellDuty, Worker

__all__ = [
    "CellDuty",
    "CheckIn",
    "DutyDay",
    "DutySession",
    "LastPosition",
    "Leave",
    "Patrol",
    "PatrolPlan",
    "PatrolPoint",
    "PatrolStop",
    "Position",
    "PositionBatch",
    "Shift",
    "ShiftPlan",
    "SpotCheck",
    "SpotDraw",
    "Worker",
]
