"""What people do about an alarm: confirm, give to somebody, comment, handle, lay aside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms import permissions
from apps.alarms.enums import AlarmState, EventKind, Outcome
from apps.alarms.models import Alarm
from apps.alarms.services._shared import (
    address,
    lock_seen,
    note_deed,
    require_open,
    require_text,
    stop_clock,
    tell_pages,
    wake,
    write_event,
)
from apps.alarms.services.quiet import after_end
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.notices import services as notices

LONGEST_SHELF = timedelta(days=7)
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Handled:
    """What somebody found and did. closes: end the alarm although its source has not."""

    outcome: str
    result: str
    closes: bool = False


@transaction.atomic
def acknowledge(actor: User, *, alarm_id: int) -> Alarm:
    """Will note that somebody looks after it; the clock of the first answer stops.

    A second confirmation changes nothing. Locks the alarm.
    Raises: NotFound; NotAllowed; AlarmEnded.
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    if alarm.acknowledged_at is not None:
        return alarm
    require_open(alarm)
    _answer(actor, alarm)
    write_event(alarm, EventKind.ACKNOWLEDGED, by=actor)
    note_deed(actor, "alarm.acknowledged", alarm)
    tell_pages(alarm)
    return alarm


@transaction.atomic
def assign(actor: User, *, alarm_id: int, assignee: User) -> Alarm:
    """Will give an alarm to somebody who handles alarms there, and tell them.

    To oneself whoever handles may; to others takes the right to arrange. Locks the alarm.
    Raises: NotFound; NotAllowed; AlarmEnded; InvalidInput (assignee: may not handle it).
    """
    alarm = lock_seen(actor, alarm_id)
    if assignee.pk == actor.pk:
        permissions.require_handle(actor, alarm)
    else:
        permissions.require_arrange(actor, alarm)
    require_open(alarm)
    if not assignee.is_active or not permissions.can_handle(assignee, alarm):
        raise InvalidInput(_("%s不能处置这条告警") % assignee.display_name, field="assignee")
    if alarm.assignee_id == assignee.pk:
        return alarm
    before = audit.snapshot(alarm, "assignee")
    alarm.assignee = assignee
    alarm.save(update_fields=["assignee"])
    write_event(alarm, EventKind.ASSIGNED, by=actor, text=assignee.display_name, to=assignee.pk)
    changed = audit.changes(before, audit.snapshot(alarm, "assignee"))
    note_deed(actor, "alarm.assigned", alarm, **changed)
    if assignee.pk != actor.pk:
        notices.notify(
            recipients=[assignee],
            kind="alarms",
            title=_("指派给您的告警：%s") % alarm,
            body=alarm.sentence,
            url=address(alarm),
            key=f"alarm-assigned:{alarm.pk}:{assignee.pk}:{int(clock.now().timestamp())}",
        )
    tell_pages(alarm)
    return alarm


@transaction.atomic
def comment(actor: User, *, alarm_id: int, text: str) -> Alarm:
    """Will add a remark to an alarm, also to one that has ended.

    Raises: NotFound; NotAllowed; InvalidInput (text).
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    said = require_text(text, field="text", refusal=_("请填写备注内容"))
    write_event(alarm, EventKind.COMMENTED, by=actor, text=said)
    note_deed(actor, "alarm.commented", alarm)
    return alarm


@transaction.atomic
def handle(actor: User, *, alarm_id: int, done: Handled) -> Alarm:
    """Will note what came of an alarm. It ends when its source says so, or at once.

    Counts as the first answer. May be said anew; the history keeps both. Locks the alarm.
    Raises: NotFound; NotAllowed; InvalidInput (outcome, result); AlarmEnded (closes, and it
        has ended already).
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    if done.outcome not in Outcome.values:
        raise InvalidInput(_("请选择处理结果"), field="outcome")
    said = require_text(done.result, field="result", refusal=_("请写明处理情况"))
    if done.closes:
        require_open(alarm)
    names = ("outcome", "result", "handled_by")
    before = audit.snapshot(alarm, *names)
    if alarm.acknowledged_at is None and alarm.is_open:
        _answer(actor, alarm)
    alarm.outcome, alarm.result = done.outcome, said
    alarm.handled_at, alarm.handled_by = clock.now(), actor
    if done.closes:
        alarm.state, alarm.ended_at, alarm.shelved_until = AlarmState.CLOSED, clock.now(), None
    alarm.save()
    words = f"{alarm.get_outcome_display()}：{said}"
    write_event(alarm, EventKind.HANDLED, by=actor, text=words, outcome=done.outcome)
    if done.closes:
        write_event(alarm, EventKind.CLOSED, by=actor)
        after_end(alarm)
    changed = audit.changes(before, audit.snapshot(alarm, *names))
    note_deed(actor, "alarm.handled", alarm, closes=done.closes, **changed)
    tell_pages(alarm)
    return alarm


@transaction.atomic
def shelve(actor: User, *, alarm_id: int, until: datetime, reason: str) -> Alarm:
    """Will trouble nobody with an alarm until a moment within a week; it stays on the list.

    Locks the alarm. Raises: NotFound; NotAllowed; AlarmEnded; InvalidInput (until, reason).
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    require_open(alarm)
    now = clock.now()
    if not now < until <= now + LONGEST_SHELF:
        raise InvalidInput(_("搁置时间须晚于现在，且不超过七天"), field="until")
    said = require_text(reason, field="reason", refusal=_("请写明搁置原因"))
    before = audit.snapshot(alarm, "shelved_until")
    alarm.shelved_until = until
    alarm.save(update_fields=["shelved_until"])
    _answer(actor, alarm)
    write_event(alarm, EventKind.SHELVED, by=actor, text=said, until=until.isoformat())
    changed = audit.changes(before, audit.snapshot(alarm, "shelved_until"))
    note_deed(actor, "alarm.shelved", alarm, reason=said, **changed)
    tell_pages(alarm)
    return alarm


@transaction.atomic
def unshelve(actor: User, *, alarm_id: int) -> Alarm:
    """Will take a laid-aside alarm up again before its time. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (it is not laid aside).
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    if alarm.shelved_until is None:
        raise InvalidInput(_("该告警没有搁置"), field="until")
    note_deed(actor, "alarm.unshelved", alarm, before=alarm.shelved_until.isoformat())
    _take_up(alarm, by=actor)
    return alarm


@transaction.atomic
def take_up_due() -> int:
    """Will take up again what was laid aside until now, and give the number."""
    due = Alarm.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        shelved_until__lte=clock.now(), ended_at__isnull=True
    )
    found = list(due.select_related("tenant", "area", "unit").order_by("pk"))
    for alarm in found:
        _take_up(alarm)
    return len(found)


def _take_up(alarm: Alarm, *, by: audit.Actor = audit.SYSTEM) -> None:
    """Asks for an answer anew: whoever laid it aside may have gone home."""
    alarm.shelved_until = alarm.acknowledged_at = alarm.acknowledged_by = None
    alarm.save(update_fields=["shelved_until", "acknowledged_at", "acknowledged_by"])
    write_event(alarm, EventKind.UNSHELVED, by=by)
    wake(alarm)
    tell_pages(alarm)


def _answer(actor: User, alarm: Alarm) -> None:
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by = clock.now(), actor
    alarm.escalate_at = None
    alarm.save(update_fields=["acknowledged_at", "acknowledged_by", "escalate_at"])
    stop_clock(alarm, outcome="answered", by=actor)


@dataclass(frozen=True)
class BulkOutcome:
    """What became of one of many. error: "" where it was done."""

    alarm_id: int
    error: str = ""


def do_to_many(
    actor: User, *, alarm_ids: Sequence[int], action: str, assignee: User | None = None
) -> list[BulkOutcome]:
    """Will confirm or assign many alarms, each on its own; a refusal does not stop the others.

    action: "acknowledge" or "assign". Raises: InvalidInput (none or more than 200 alarms; not
    an action for many; nobody to assign to).
    """
    if not 1 <= len(alarm_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%s条告警") % MOST_AT_ONCE, field="alarms")
    deed: Callable[..., Alarm]
    if action == "acknowledge":
        deed = acknowledge
    elif action == "assign" and assignee is not None:
        deed = partial(assign, assignee=assignee)
    elif action == "assign":
        raise InvalidInput(_("请选择处理人"), field="assignee")
    else:
        raise InvalidInput(_("该操作不支持批量执行"), field="action")
    return [_one(actor, deed, pk) for pk in sorted(set(alarm_ids))]


def _one(actor: User, deed: Callable[..., Alarm], pk: int) -> BulkOutcome:
    try:
        deed(actor, alarm_id=pk)
    except DomainError as error:
        return BulkOutcome(pk, str(error))
    return BulkOutcome(pk)
