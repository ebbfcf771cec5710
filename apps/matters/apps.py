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
        from apps.accounts.approvals.registry import register_act
        from apps.clocks.registry import Together, register_timer_handler
        from apps.common import outbox
        from apps.evidence.registry import register_protected
        from apps.gateway.registry import register_resource
        from apps.geodata.registry import register_target
        from apps.matters import (  # noqa: F401  they register themselves
            deadlines,
            duties,
            handing,
            listening_vocabulary,
            map_layers,
            receivers,
            vocabulary,
        )
        from apps.matters.actions.merging import MERGED
        from apps.matters.api.resources import RESOURCES
        from apps.matters.clockwork import SUBJECT
        from apps.matters.ending import MAIN_ENDED
        from apps.matters.exporting import EXPORT_CASES_ACT
        from apps.matters.model_target import CASES
        from apps.matters.place import area_reach
        from apps.matters.registry import register_holder
        from apps.matters.selectors import describe_cases
        from apps.matters.services import duties as timed
        from apps.matters.services.case_people import CasePeople
        from apps.matters.services.performing import lock_case
        from apps.matters.services.timers import (
            fire_threshold,
            fire_thresholds,
            lock_free_cases,
            note_moved_deadline,
        )
        from apps.notices.registry import register_kind
        from apps.places.registry import answer_reach

        answer_reach(area_reach)
        register_target(CASES)
        register_act(EXPORT_CASES_ACT)
        for resource in RESOURCES:
            register_resource(resource)
        together = Together(fire_thresholds, lock_free_cases)
        register_timer_handler(
            SUBJECT,
            fire_threshold,
            lock=lock_case,
            together=together,
            moved=note_moved_deadline,
            describe=describe_cases,
        )
        register_timer_handler(deadlines.TASK, timed.fire_task, lock=timed.lock_case_of_task)
        register_timer_handler(deadlines.ORDER, timed.fire_order, lock=timed.lock_case_of_order)
        register_timer_handler(
            deadlines.REQUEST, timed.fire_request, lock=timed.lock_case_of_request
        )
        outbox.handles(MERGED)(timed.note_merging)
        outbox.handles(MAIN_ENDED)(timed.tell_duplicates)
        register_protected(
            "matters.MatterVersion", "matter_type", "number", "state", "body", "author",
            "reviewer", "published_at", "effective_from",
        )  # fmt: skip
        handing.register()
        vocabulary.register()
        listening_vocabulary.register()
        map_layers.register()
        register_holder("matters", CasePeople())
        for code, label in NOTICE_KINDS.items():
            register_kind(code, label)
