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
}


class MattersConfig(AppConfig):
    name = "apps.matters"
    label = "matters"
    verbose_name = _("事项")

    def ready(self) -> None:
        from apps.clocks.registry import register_timer_handler
        from apps.common import outbox
        from apps.matters import deadlines, receivers, vocabulary  # noqa: F401  see receivers
        from apps.matters.actions.merging import MERGED
        from apps.matters.clockwork import SUBJECT
        from apps.matters.ending import MAIN_ENDED
        from apps.matters.services import duties
        from apps.matters.services.performing import lock_case
        from apps.matters.services.timers import fire_threshold
        from apps.notices.registry import register_kind

        register_timer_handler(SUBJECT, fire_threshold, lock=lock_case)
        register_timer_handler(deadlines.TASK, duties.fire_task, lock=duties.lock_case_of_task)
        register_timer_handler(deadlines.ORDER, duties.fire_order, lock=duties.lock_case_of_order)
        register_timer_handler(
            deadlines.REQUEST, duties.fire_request, lock=duties.lock_case_of_request
        )
        outbox.handles(MERGED)(duties.note_merging)
        outbox.handles(MAIN_ENDED)(duties.tell_duplicates)
        vocabulary.register()
        for code, label in NOTICE_KINDS.items():
            register_kind(code, label)
