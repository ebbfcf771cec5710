"""Deeds of field work. Others use what is named here; pages use the modules by topic."""

from apps.fieldwork.services.duty import (
    end_duty,
    report_positions,
    start_duty,
    withdraw_consent,
)
from apps.fieldwork.services.following import follow_cells
from apps.fieldwork.services.patrolling import check_in, finish_patrol
from apps.fieldwork.services.plausibility import Fix
from apps.fieldwork.services.workers import NewWorker, assign_cell, assign_cells, save_worker

__all__ = [
    "Fix",
    "NewWorker",
    "assign_cell",
    "assign_cells",
    "check_in",
    "end_duty",
    "finish_patrol",
    "follow_cells",
    "report_positions",
    "save_worker",
    "start_duty",
    "withdraw_consent",
]
