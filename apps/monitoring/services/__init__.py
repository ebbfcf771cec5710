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
from apps.monitoring.services.parts import purge_events
from apps.monitoring.services.planning import check_due
from apps.monitoring.services.running import (
    cancel_run,
    drop_old_runs,
    interrupt_dead_runs,
    order_run,
    run_due,
)
from apps.monitoring.services.scheduling import drop_plan, order_planned, save_plan

__all__ = [
    "CheckSpec",
    "MeasureSpec",
    "begin_outage",
    "cancel_run",
    "check_due",
    "drop_check",
    "drop_measure",
    "drop_old_runs",
    "drop_plan",
    "end_outage",
    "interrupt_dead_runs",
    "judge_outage",
    "note_unknown",
    "order_planned",
    "order_run",
    "purge",
    "purge_events",
    "roll_up",
    "run_due",
    "save_check",
    "save_measure",
    "save_plan",
    "save_target",
    "set_target_active",
    "try_check",
]
