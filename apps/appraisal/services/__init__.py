"""The only writers: schemes, computations, appeals, frozen months, targets."""

from apps.appraisal.services.appeals import file_appeal, file_staff_appeal, rule_appeal
from apps.appraisal.services.computing import compute_due, order_pass
from apps.appraisal.services.publishing import freeze_run, open_run
from apps.appraisal.services.schemes import decide_scheme, draft_scheme, submit_scheme
from apps.appraisal.services.targets import drop_target, set_target

__all__ = [
    "compute_due",
    "decide_scheme",
    "draft_scheme",
    "drop_target",
    "file_appeal",
    "file_staff_appeal",
    "freeze_run",
    "open_run",
    "order_pass",
    "rule_appeal",
    "set_target",
    "submit_scheme",
]
