"""The deeds of monitoring."""

from apps.monitoring.services.figures import purge, roll_up
from apps.monitoring.services.keeping import (
    CheckSpec,
    MeasureSpec,
    drop_check,
    drop_measure,
    save_check,
    save_measure,
    save_target,
    set_target_active,
    try_check,
)
from apps.monitoring.services.outages import begin_outage, end_outage, judge_outage, note_unknown
from apps.monitoring.services.planning import check_due

__all__ = [
    "CheckSpec",
    "MeasureSpec",
    "begin_outage",
    "check_due",
    "drop_check",
    "drop_measure",
    "end_outage",
    "judge_outage",
    "note_unknown",
    "purge",
    "roll_up",
    "save_check",
    "save_measure",
    "save_target",
    "set_target_active",
    "try_check",
]
