from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

#: The notices of cases by kind, as people filter them.
NOTICE_KINDS = {
    "task": _("新任务"),
    "due_soon": _("即将到期"),
    "overdue": _("超期"),
    "order": _("催办督办"),
    "request": _("待审批"),
    "ruling": _("审批结果"),
    "part": _("子事项"),
    "listener": _("监听"),
}


class MattersConfig(AppConfig):
    name = "apps.matters"
    label = "matters"
    verbose_name = _("事项")

    def ready(self) -> None:
        from apps.clocks.registry import Together, register_timer_handler
        from apps.matters import (  # noqa: F401  they register themselves
            duties,
            listening_vocabulary,
            receivers,
            vocabulary,
        )
        from apps.matters.clockwork import SUBJECT
        from apps.matters.selectors import describe_cases
        from apps.matters.services.performing import lock_case
        from apps.matters.services.timers import (
            fire_threshold,
            fire_thresholds,
            lock_free_cases,
            note_moved_deadline,
        )
        from apps.notices.registry import register_kind

        together = Together(fire_thresholds, lock_free_cases)
        register_timer_handler(
            SUBJECT,
            fire_threshold,
            lock=lock_case,
            together=together,
            moved=note_moved_deadline,
            describe=describe_cases,
        )
        vocabulary.register()
        listening_vocabulary.register()
        for code, label in NOTICE_KINDS.items():
            register_kind(code, label)
