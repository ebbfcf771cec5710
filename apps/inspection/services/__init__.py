"""The only writers of the register, the plans, the draws and the results of checks."""

from apps.inspection.services.behaviour import (
    record_behaviour,
    withdraw_behaviour,
)
from apps.inspection.services.checks import (
    OPEN_TOPIC,
    NewResult,
    open_check,
    publish_result,
    record_result,
    return_result,
)
from apps.inspection.services.draws import abandon_draw, freeze_draw, run_draw
from apps.inspection.services.inspectors import (
    NewInspector,
    declare_conflict,
    lift_conflict,
    save_inspector,
)
from apps.inspection.services.plans import NewPlan, save_plan
from apps.inspection.services.register import (
    COLUMNS,
    KIND_WORDS,
    NewObject,
    change_object,
    end_object,
    import_objects,
    pairs_text,
    register_object,
    resume_object,
)
from apps.inspection.services.scales import (
    ASSESS_TOPIC,
    assess_batch,
    discard_scale_draft,
    enforce_scale,
    save_scale_draft,
)

__all__ = [
    "ASSESS_TOPIC",
    "COLUMNS",
    "KIND_WORDS",
    "OPEN_TOPIC",
    "NewInspector",
    "NewObject",
    "NewPlan",
    "NewResult",
    "abandon_draw",
    "assess_batch",
    "change_object",
    "declare_conflict",
    "discard_scale_draft",
    "end_object",
    "enforce_scale",
    "freeze_draw",
    "import_objects",
    "lift_conflict",
    "open_check",
    "pairs_text",
    "publish_result",
    "record_behaviour",
    "record_result",
    "register_object",
    "resume_object",
    "return_result",
    "run_draw",
    "save_inspector",
    "save_plan",
    "save_scale_draft",
    "withdraw_behaviour",
]
