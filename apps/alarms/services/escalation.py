"""Who else is told of an alarm nobody answers: the holders of posts, step by step."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, User
from apps.accounts.selectors import in_force_q
from apps.alarms.duty import on_duty_now
from apps.alarms.enums import EventKind
from apps.alarms.models import Alarm, EscalationStep
from apps.alarms.services._shared import address, next_step_at, steps_for, tell_pages, write_event
from apps.common import clock
from apps.common.phrases import series
from apps.notices import services as notices

MOST = 500


@transaction.atomic
def escalate_due() -> int:
    """Will take the next step for alarms still unanswered when it is due; gives how many.

    Safe to run any number of times, by several workers at once.
    """
    due = Alarm.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        escalate_at__lte=clock.now(), ended_at__isnull=True, acknowledged_at__isnull=True,
        shelved_until__isnull=True, inhibited_by__isnull=True, silence__isnull=True,
    )  # fmt: skip
    found = list(due.select_related("tenant", "area", "unit").order_by("escalate_at", "pk")[:MOST])
    for alarm in found:
        steps = steps_for(alarm)
        if alarm.escalation_step < len(steps):
            _tell(alarm, steps[alarm.escalation_step])
            alarm.escalation_step += 1
        alarm.escalate_at = next_step_at(alarm)
        alarm.save(update_fields=["escalation_step", "escalate_at"])
        tell_pages(alarm)
    return len(found)


def holders(step: EscalationStep) -> list[User]:
    """Will give who holds the post today; of several those on duty now by the roster."""
    held = Appointment.objects.filter(in_force_q(), post=step.post, user__is_active=True)
    people = [one.user for one in held.select_related("user").order_by("pk")]
    return on_duty_now(people, clock.now())


def _tell(alarm: Alarm, step: EscalationStep) -> None:
    people = holders(step)
    names = series(person.display_name for person in people) or _("无人在岗")
    write_event(
        alarm, EventKind.ESCALATED, text=f"{step.post.name}：{names}", post=step.post_id,
        minutes=step.after_minutes,
    )  # fmt: skip
    title = _("%(n)d分钟无人确认的%(level)s告警：%(alarm)s") % {
        "n": step.after_minutes, "level": alarm.get_level_display(), "alarm": alarm,
    }  # fmt: skip
    key = f"alarm-escalated:{alarm.pk}:{alarm.escalation_step}:{alarm.woken_at}"
    notices.notify(
        recipients=people, kind="alarms", title=title, body=alarm.sentence, url=address(alarm),
        key=key,
    )  # fmt: skip
    if step.by_sms:
        for person in people:
            if person.phone:
                notices.send_sms(to=person.phone, text=title, key=f"{key}:{person.pk}"[:160])
