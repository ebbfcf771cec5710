"""The only writers of the register, the plans, the draws and the results of checks."""

from apps.inspection.services.behaviour import (
    publish_scale,
    record_behaviour,
    withdraw_behaviour,
)
from apps.inspection.services.checks import (
    OPEN_TOPIC,
    NewResult,
    open_check,
    publish_result,
    record_result,
)
from apps.inspection.services.draws import abandon_draw, freeze_draw, run_draw
from apps.inspection.services.inspectors import (
    NewInspector,
    declare_conflict,
    lift_conflict,
    save_inspector,
)
from apps.inspection.services.plans import NewPlan, ensure_shipped_matter, save_plan
from apps.inspection.services.register import (
    COLUMNS,
    NewObject,
    change_object,
    end_object,
    import_objects,
    register_object,
    resume_object,
)

__all__ = [
    "COLUMNS",
    "OPEN_TOPIC",
    "NewInspector",
    "NewObject",
    "NewPlan",
    "NewResult",
    "abandon_draw",
    "change_object",
    "declare_conflict",
    "end_object",
    "ensure_shipped_matter",
    "freeze_draw",
    "import_objects",
    "lift_conflict",
    "open_check",
    "publish_result",
    "publish_scale",
    "record_behaviour",
    "record_result",
    "register_object",
    "resume_object",
    "run_draw",
    "save_inspector",
    "save_plan",
    "withdraw_behaviour",
]
