"""What the deeds of this app share: the lock, the history, the clock, who hears of it."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.alarms import finding_types, permissions
from apps.alarms.duty import centre_staff, on_duty_now, staff_of
from apps.alarms.enums import RESPONSE_MINUTES, EventKind, Level
from apps.alarms.errors import AlarmEnded
from apps.alarms.models import Alarm, AlarmEvent, EscalationStep, WarningLevel
from apps.alarms.registry import matter_wanted
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.clocks import services as clocks
from apps.clocks.enums import LimitUnit
from apps.clocks.selectors import open_clocks
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotFound
from apps.common.memory import Memory
from apps.notices import services as notices

SUBJECT, RESPONSE = "alarms.alarm", "response"
OPEN_CASE, CLOSE_CASE = "alarms.open_case", "alarms.close_case"
TOLD_FROM = Level.ORANGE
#: Alarms of one kind in one place are told to people once in so long.
TOLD_TOGETHER = timedelta(minutes=5)
TEXT_MAX = 500
_limits: Memory[int] = Memory(of=("alarms.WarningLevel",))
_watchers: Memory[list[User]] = Memory(
    of=("accounts.User", "accounts.Appointment", "accounts.Post", "accounts.Role")
)


def lock_alarm(pk: int) -> Alarm:
    """Will give an alarm, locked. Raises: NotFound."""
    alarm = Alarm.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if alarm is None:
        raise NotFound(_("没有这条告警"))
    return alarm


def lock_seen(actor: User, pk: int) -> Alarm:
    """Will give an alarm the actor may see, locked. Raises: NotFound."""
    alarm = lock_alarm(pk)
    if not permissions.can_see(actor, alarm):
        raise NotFound(_("没有这条告警"))
    return alarm


def require_open(alarm: Alarm) -> None:
    """Raises: AlarmEnded."""
    if not alarm.is_open:
        raise AlarmEnded(_("该告警已结束（%s）") % alarm.get_state_display(), field="state")


def write_event(
    alarm: Alarm,
    kind: EventKind,
    *,
    by: Actor = SYSTEM,
    at: datetime | None = None,
    text: str = "",
    **data: Any,
) -> AlarmEvent:
    """Will append to the history of an alarm. at: by the source's clock, else now."""
    now = clock.now()
    name = str(getattr(by, "log_name", by.display_name))[:100]
    return AlarmEvent.objects.create(
        alarm=alarm, kind=kind, at=at or now, written_at=now, by_id=by.pk, by_name=name,
        text=text[:TEXT_MAX], data=data,
    )  # fmt: skip


def note_deed(actor: Actor, action: str, alarm: Alarm, **data: Any) -> None:
    """Will append what a person did to the log."""
    audit.record(
        actor, action, object_type="alarms.alarm", object_id=alarm.pk,
        object_label=str(alarm), data=data,
    )  # fmt: skip


def wake(alarm: Alarm) -> None:
    """Will ask people for a first answer: the clock runs, and who answers for it is told.

    Nothing where somebody has answered, or nobody is to be troubled now. Locked by the caller.
    """
    if alarm.is_quiet or not alarm.is_open or alarm.acknowledged_at is not None:
        return
    alarm.woken_at, alarm.escalation_step = clock.now(), 0
    alarm.escalate_at = next_step_at(alarm)
    alarm.save(update_fields=["woken_at", "escalation_step", "escalate_at"])
    order_case(alarm)
    if not open_clocks(SUBJECT, alarm.pk):
        clocks.open_clock(
            subject_type=SUBJECT,
            subject_id=alarm.pk,
            name=RESPONSE,
            calendar=clocks.calendar_for(alarm.area),
            limit=response_limit(alarm),
            at=clock.now(),
            label=str(_("首次响应")),
        )
    tell_people(alarm)


def response_limit(alarm: Alarm) -> clocks.Limit:
    """Will give the limit of the first answer at the alarm's level, as its body has set it."""
    key = alarm.tenant_id, int(alarm.level)
    return clocks.Limit(_limits.get(key, lambda: _minutes(*key)), LimitUnit.CALENDAR_MINUTES)


def _minutes(tenant_id: int, level: int) -> int:
    found = WarningLevel.objects.filter(tenant_id=tenant_id, level=level)
    return found.values_list("response_minutes", flat=True).first() or RESPONSE_MINUTES


def follow_level(alarm: Alarm) -> None:
    """Will have the running clock of the first answer follow the level, if it changed. SL-06."""
    limit = response_limit(alarm)
    for running in open_clocks(SUBJECT, alarm.pk):
        if running.limit != limit:
            reason = _("级别变为%s") % alarm.get_level_display()
            clocks.change_limit(running, limit=limit, at=clock.now(), reason=reason, by=SYSTEM)


def steps_for(alarm: Alarm) -> list[EscalationStep]:
    """Will give the steps of escalation of an alarm of this level, in order of time."""
    found = EscalationStep.objects.filter(
        tenant_id=alarm.tenant_id, level_from__lte=alarm.level
    ).select_related("post__organization")
    return list(found.order_by("after_minutes", "pk"))


def next_step_at(alarm: Alarm) -> datetime | None:
    """Will give when the next step is due, counted from when an answer was asked for."""
    left = steps_for(alarm)[alarm.escalation_step :]
    if not left or alarm.woken_at is None:
        return None
    return alarm.woken_at + timedelta(minutes=left[0].after_minutes)


def order_case(alarm: Alarm) -> None:
    """Will have the case opened that a rule, what its kind means or the table of types wants.

    There is one at most.
    """
    is_meant = alarm.matter or matter_wanted(alarm.kind, alarm.tenant_id)
    if alarm.case_id is None and (is_meant or finding_types.is_asked()):
        # One order for each time somebody is troubled: an earlier one may have found it quiet.
        key = f"{alarm.pk}-{clock.now().timestamp():.3f}"
        outbox.enqueue(OPEN_CASE, key=key, payload={"alarm": alarm.pk})


def stop_clock(alarm: Alarm, *, outcome: str, by: Actor = SYSTEM) -> None:
    """Will end the clock of the first answer, if it runs."""
    for running in open_clocks(SUBJECT, alarm.pk):
        clocks.stop(running, at=clock.now(), outcome=outcome, by=by)


def address(alarm: Alarm) -> str:
    """Will give the page of an alarm."""
    return reverse("alarms:alarm-detail", args=[alarm.pk])


def responders(alarm: Alarm) -> list[User]:
    """Will give who handles alarms in the unit it belongs to, else in the centre of the body.

    Of these only who is on duty by the roster now, where it names anybody.
    """
    own = staff_of(alarm.unit) if alarm.unit is not None else []
    return on_duty_now(own or centre_staff(alarm.tenant), clock.now())


def tell_people(alarm: Alarm) -> None:
    """Will tell who answers for a grave alarm, once for all alike in one place."""
    if alarm.level < TOLD_FROM:
        return
    turn = int(alarm.raised_at.timestamp() // TOLD_TOGETHER.total_seconds())
    notices.notify(
        recipients=responders(alarm),
        kind="alarms",
        title=_("%(level)s告警：%(alarm)s") % {"level": alarm.get_level_display(), "alarm": alarm},
        body=alarm.sentence,
        url=address(alarm),
        key=f"alarm:{alarm.kind}:{alarm.area_id}:{alarm.level}:{turn}",
    )


def tell_pages(alarm: Alarm) -> None:
    """Will have the open alarm pages look again, at most once a second for each body."""
    watching = _watchers.get("all", lambda: list(users_with_permission(permissions.VIEW)))
    # Nothing of the alarm itself: each page asks for what its viewer may see.
    notices.tell_pages_of_bursts(
        [user.pk for user in watching], topic="alarm", key=str(alarm.tenant_id)
    )


def require_text(text: str, *, field: str, refusal: str) -> str:
    """Will give a text without blanks around it, cut. Raises: InvalidInput (nothing said)."""
    said = text.strip()[:TEXT_MAX]
    if not said:
        raise InvalidInput(refusal, field=field)
    return said
