"""What happens by itself beside the clocks of a case.

Timers of side tasks, orders and granted requests (``matters.deadlines``), the news between merged
cases, and the nightly archive. Each deed locks the case, is done once by its key, and is written
into the history like any other.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM
from apps.clocks import services as clocks
from apps.clocks.models import Clock
from apps.clocks.registry import TimerFired
from apps.common.clock import now as clock_now
from apps.common.errors import DomainError
from apps.common.models import OutboxMessage
from apps.matters.actions.base import Context
from apps.matters.actions.countersigning import go_on
from apps.matters.actions.sidework import finish_task
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import (
    OPEN_TASK_STATES,
    LinkKind,
    RequestKind,
    SignRule,
    StateCategory,
    TaskKind,
    Verdict,
)
from apps.matters.models import Case, CaseEvent, CaseLink, Order, Request, Task
from apps.matters.registry import merged_answer
from apps.matters.services.performing import lock_case, perform, write_event
from apps.matters.telling import own_words, result_words

logger = logging.getLogger(__name__)
#: Of one action there is a public answer: what the reporters of merged cases are told.
ANSWERS = ("feed_back", "review", "answer")


def lock_case_of_task(task_id: int) -> Case:
    """Will lock the case of a side task."""
    return lock_case(Task.objects.values_list("case_id", flat=True).get(pk=task_id))


def lock_case_of_order(order_id: int) -> Case:
    """Will lock the case of an order."""
    return lock_case(Order.objects.values_list("case_id", flat=True).get(pk=order_id))


def lock_case_of_request(request_id: int) -> Case:
    """Will lock the case of a request."""
    return lock_case(Request.objects.values_list("case_id", flat=True).get(pk=request_id))


def fire_task(fired: TimerFired) -> None:
    """Will name the unit that is late with a side task; silence is consent under a veto rule."""
    case = lock_case_of_task(fired.subject_id)
    task = Task.objects.select_related("unit", "person", "countersigning").get(pk=fired.subject_id)
    if task.state not in OPEN_TASK_STATES or case.is_ended:
        return
    kind = TaskKind(task.kind)
    ctx = _context(case, "task_late")
    ctx.note = _("%(unit)s的%(kind)s任务已超期") % {"unit": task.unit, "kind": kind.label}
    ctx.event_data.update(unit=task.unit.name, task=task.kind)
    asked = task.countersigning
    if asked is not None and asked.rule == SignRule.VETO:
        finish_task(ctx, task, result=_("逾期未提出意见，视为无异议"), verdict=Verdict.AGREE)
        go_on(ctx, asked, days=ctx.definition.policy("task_days"))
    told = [task.person] if task.person else []
    for unit in filter(None, (task.unit, case.unit)):
        told += users_with_permission("matters.handle_case", organization=unit)
    ctx.notify(_once(told), kind="overdue", title=_("超期：%s") % case.title, body=ctx.note)
    write_event(ctx, _("任务超期"), key=_key(fired))


def fire_order(fired: TimerFired) -> None:
    """Will repeat an order nobody replied to: to the unit's head first, then to the leaders."""
    case = lock_case_of_order(fired.subject_id)
    order = Order.objects.select_related("unit").get(pk=fired.subject_id)
    if order.replied_at is not None or case.is_ended:
        return
    order.missed_count += 1
    ctx = _context(case, "order_missed")
    ctx.note = _("%(kind)s第%(count)s次逾期未回复：%(text)s") % {
        "kind": order.get_kind_display(),
        "count": order.missed_count,
        "text": order.text,
    }
    ctx.event_data.update(order=order.pk, missed=order.missed_count)
    told: list[User] = []
    if order.unit is not None:
        told += users_with_permission("matters.head_case", organization=order.unit)
        told += users_with_permission("matters.handle_case", organization=order.unit)
    told += _of_tenant("matters.supervise_case", case)
    if order.missed_count > 1:
        told += _of_tenant("matters.instruct_case", case)
    if order.missed_count <= ctx.definition.policy("order_repeats"):
        clock = clocks.restart(
            Clock.objects.get(pk=fired.clock_id), at=ctx.now, reason=_("逾期未回复"), by=SYSTEM
        )
        order.due_at = clock.due_at
    order.save(update_fields=["missed_count", "due_at"])
    title = _("督办逾期未回复：%s") % case.title
    ctx.notify(_once(told), kind="overdue", title=title, body=ctx.note)
    write_event(ctx, _("督办逾期未回复"), key=f"{_key(fired)}:{order.missed_count}")


def fire_request(fired: TimerFired) -> None:
    """Will resume a suspended case on its day, or remind that a parked one is to be reviewed."""
    case = lock_case_of_request(fired.subject_id)
    request = Request.objects.get(pk=fired.subject_id)
    if request.kind == RequestKind.PARKING and case.category == StateCategory.PARKED:
        ctx = _context(case, "pool_review_due")
        ctx.note = _("挂账案件已到复查日期")
        told = list(_of_tenant("matters.supervise_case", case))
        if case.unit is not None:
            told += users_with_permission("matters.handle_case", organization=case.unit)
        ctx.notify(_once(told), kind="due_soon", title=_("挂账复查：%s") % case.title)
        write_event(ctx, _("挂账复查到期"), key=f"{_key(fired)}:{fired.clock_id}")
    elif request.kind == RequestKind.SUSPENSION and case.category == StateCategory.PAUSED:
        perform(
            SYSTEM,
            case_id=case.pk,
            action="resume",
            data={"reason": _("已到恢复日期，系统自动恢复")},
            key=f"{_key(fired)}:{fired.clock_id}",
        )


def note_merging(message: OutboxMessage) -> None:
    """Will write into the main case that a duplicate was merged into it, or taken out again."""
    payload = message.payload
    ctx = _context(lock_case(payload["main"]), "merged_in")
    text = _("%(number)s已拆出单独办理") if payload["undone"] else _("%(number)s已并入本案件")
    ctx.note = text % {"number": payload["number"]}
    write_event(ctx, _("合并"), key=f"merged:{message.key}")


def tell_duplicates(message: OutboxMessage) -> None:
    """Will tell the reporters of merged cases what became of the main one."""
    main = _main(message.payload["case"])
    last = CaseEvent.objects.filter(case=main, action__in=ANSWERS).exclude(public_text="")
    event = last.order_by("-seq").first()
    said = (event.public_text if event else message.payload["text"]) or merged_answer(main)
    tell_merged(main, said=said, key=f"main:{message.key}", is_result=True)


def tell_merged(
    main: Case, *, said: str, key: str, is_result: bool, only: Collection[int] | None = None
) -> int:
    """Will tell the reporters of the cases merged into a main one, each in words of their own.

    said: public words of the main case. is_result: it is the answer, after which they may score;
    who was told these words already hears only that the matter is closed. only: cases to tell,
    by key; None: all. Once per key and case; locks the cases in the order of their ids. Gives
    how many were told. Source: TX-02, HL-16.
    """
    links = CaseLink.objects.filter(target=main, kind=LinkKind.DUPLICATE_OF)
    if only is not None:
        links = links.filter(source_id__in=only)
    told = 0
    for twin_id in list(links.order_by("source_id").values_list("source_id", flat=True)):
        twin = lock_case(twin_id)
        if not twin.is_ended or twin.archived_at:
            continue
        told += _tell_one(main, twin, said=said, key=key, is_result=is_result)
    return told


def _tell_one(main: Case, twin: Case, *, said: str, key: str, is_result: bool) -> bool:
    words = (result_words if is_result else own_words)(said, main=main, twin=twin)
    before = CaseEvent.objects.filter(case=twin)
    if not words or not said or before.filter(key=key).exists():
        return False
    ctx = _context(twin, "main_result" if is_result else "main_progress")
    since = before.filter(action="merge").order_by("-seq").values_list("seq", flat=True)[:1]
    if is_result and before.filter(seq__gte=Subquery(since), public_text=words).exists():
        if not main.is_ended:
            return False
        words = _("您反映的问题已办结。")
    ctx.event_data["main"] = main.number
    ctx.public_text = words
    if is_result:
        ctx.set(answered_at=ctx.now)
    write_event(ctx, _("主案件结果") if is_result else _("主案件进展"), key=key)
    return True


def _main(case_id: int) -> Case:
    return Case.objects.select_related("matter_type", "tenant").defer("search").get(pk=case_id)


def archive_old(*, limit: int = 500) -> int:
    """Will archive cases that ended long enough ago; safe to run at any time. Gives how many.

    A case its matter does not archive yet, or that waits for a ruling, is left for another day.
    """
    horizon = clock_now() - timedelta(days=1)
    waiting = Case.objects.filter(
        category=StateCategory.ENDED,
        archived_at__isnull=True,
        closed_at__lt=horizon,
        pending_request="",
    )
    done = 0
    for case in waiting.select_related("version").order_by("closed_at", "id")[:limit]:
        definition = definition_of(case.version_id, case.version.body)
        action = definition.actions.get("archive")
        age = clock_now() - (case.closed_at or case.updated_at)
        if action is None or case.state not in action.sources:
            continue
        if age < timedelta(days=definition.policy("archive_days")):
            continue
        try:
            perform(SYSTEM, case_id=case.pk, action="archive", data={}, key="archive")
        except DomainError as error:
            logger.warning("case %s is not archived: %s", case.number, error)
        else:
            done += 1
    return done


def _context(case: Case, code: str) -> Context:
    return Context(
        actor=SYSTEM,
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code=code, label="", sources=frozenset(), who=()),
        data={},
        now=clock_now(),
    )


def _key(fired: TimerFired) -> str:
    return f"timer:{fired.clock_id}:{fired.threshold_code}:{fired.occurrence}"


def _of_tenant(permission: str, case: Case) -> Any:
    return users_with_permission(permission).filter(
        appointments__post__organization__tenant_id=case.tenant_id
    )


def _once(people: list[User]) -> list[User]:
    return list({person.pk: person for person in people}.values())
