"""What a deadline does by itself: warn before, supervise after (SL-01, SL-02).

At the end of business hours thousands are due in one minute, so timers come in batches: what
they need is read once, notices go out together, and who is told is remembered for a moment.
"""

from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import staff_of, users_with_permission
from apps.audit.services import SYSTEM
from apps.clocks.models import Clock
from apps.clocks.registry import DeadlineMoved, TimerFired
from apps.clocks.selectors import moment_text
from apps.common import rows
from apps.common.clock import now as clock_now
from apps.common.memory import Memory
from apps.matters.actions.base import Context
from apps.matters.actions.oversight import order_for
from apps.matters.actors import CaseActor
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import OrderKind
from apps.matters.models import Case, CaseEvent, MatterVersion, Order
from apps.matters.services.performing import lock_case, write_event
from apps.notices import services as notices

_STAFF = ("accounts.User", "accounts.Appointment", "accounts.Post", "accounts.Role")
_above: Memory[list[User]] = Memory(of=(*_STAFF, "accounts.Organization"))


def lock_free_cases(case_ids: Sequence[int]) -> set[int]:
    """Will lock those of the cases that nobody holds, without waiting, and give their ids."""
    free = Case.objects.select_for_update(skip_locked=True).filter(pk__in=case_ids)
    return set(free.order_by("pk").values_list("pk", flat=True))


def fire_threshold(fired: TimerFired) -> None:
    """Will act on one timer as ``fire_thresholds`` does; locks the case."""
    list(Case.objects.select_for_update().filter(pk=fired.subject_id).values_list("pk"))
    fire_thresholds([fired])


def fire_thresholds(fired: Sequence[TimerFired]) -> None:
    """Will warn the units (yellow) or write supervise orders and tell the superiors (red).

    Runs in the transaction that marks the timers fired, with their cases locked. Once by
    (clock, threshold, round, occurrence): a repeated call finds the event by its key.
    """
    cases = _read_cases({each.subject_id for each in fired})
    keys = {_key(each) for each in fired}
    known = CaseEvent.objects.filter(case_id__in=cases, key__in=keys)
    done = set(known.values_list("case_id", "key"))
    notes: list[notices.Note] = []
    with rows.gathered(savepoint=False):
        rows.reserve(*[rows.keys_of(m) for m in (CaseEvent, Order, Clock) for _each in fired])
        for each in fired:
            case = cases.get(each.subject_id)
            if case is None or case.is_ended or (case.pk, _key(each)) in done:
                continue
            ctx = _context(case, each)
            if each.level == "yellow":
                _warn(ctx, each)
            else:
                rows.insert(_supervise(ctx, each))
            write_event(ctx, ctx.action.label, key=_key(each), beside=notes)
    notices.notify_all(notes)


def note_moved_deadline(moved: DeadlineMoved) -> None:
    """Will show on a case that an officer computed a deadline of it anew, with the reason.

    Runs in the transaction that moved it; the case is locked. Tells the unit.
    """
    case = lock_case(moved.subject_id)
    ctx = Context(
        actor=cast(CaseActor, moved.actor),
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code="recomputed", label="", sources=frozenset(), who=()),
        data={},
        now=clock_now(),
        event_data={"clock": moved.clock_id, "due_before": moved.due_before.isoformat()},
    )
    words = {
        "clock": moved.label,
        "before": moment_text(moved.due_before),
        "after": moment_text(moved.due_after),
        "why": moved.reason,
    }
    ctx.note = _("“%(clock)s”按新日历由%(before)s改为%(after)s：%(why)s") % words
    title = _("时限重新计算：%s") % case.title
    ctx.notify(_handlers(case.unit), kind="due_soon", title=title, body=ctx.note)
    write_event(ctx, _("时限重新计算"), key=None)


def _key(fired: TimerFired) -> str:
    return f"timer:{fired.clock_id}:{fired.threshold_code}:{fired.round}:{fired.occurrence}"


def _read_cases(case_ids: set[int]) -> dict[int, Case]:
    """The cases with what is needed beside them; a version is long, so each is read once."""
    found = Case.objects.select_related("matter_type", "tenant", "unit").defer("search", "text")
    cases = {case.pk: case for case in found.filter(pk__in=case_ids)}
    versions = MatterVersion.objects.in_bulk({case.version_id for case in cases.values()})
    for case in cases.values():
        case.version = versions[case.version_id]
    return cases


def _context(case: Case, fired: TimerFired) -> Context:
    is_warning = fired.level == "yellow"
    code, label = ("due_soon", _("到期预警")) if is_warning else ("overdue", _("超期督办"))
    return Context(
        actor=SYSTEM,
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code=code, label=label, sources=frozenset(), who=()),
        data={},
        now=clock_now(),
        event_data={"clock": fired.name, "threshold": fired.threshold_code},
    )


def _warn(ctx: Context, fired: TimerFired) -> None:
    ctx.note = _("“%(clock)s”即将到期。") % {"clock": fired.label}
    title = _("即将到期：%s") % ctx.case.title
    ctx.notify(_handlers(ctx.case.unit), kind="due_soon", title=title, body=ctx.note)


def _supervise(ctx: Context, fired: TimerFired) -> Order:
    text = _("“%(clock)s”已到期仍未完成，系统自动督办。") % {"clock": fired.label}
    cause = f"clock:{fired.name}:{fired.threshold_code}"
    order = order_for(
        ctx,
        OrderKind.SUPERVISE,
        text,
        cause=cause,
        handlers=_handlers(ctx.case.unit),
        reply_hours=ctx.definition.policy("order_reply_hours"),
    )
    title = _("超期：%s") % ctx.case.title
    ctx.notify(_superiors(ctx.case.tenant_id), kind="overdue", title=title, body=text)
    return order


def _handlers(unit: Organization | None) -> tuple[User, ...]:
    return staff_of(unit, "matters.handle_case") if unit is not None else ()


def _superiors(tenant_id: int) -> list[User]:
    found = users_with_permission("matters.supervise_case").filter(
        appointments__post__organization__tenant_id=tenant_id
    )
    return _above.get(tenant_id, lambda: list(found))
