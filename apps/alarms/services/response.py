"""The clock of the first answer: what happens when nobody answered in time. Source: AL-01."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_permission
from apps.alarms import permissions
from apps.alarms.enums import EventKind
from apps.alarms.models import Alarm
from apps.alarms.services._shared import address, lock_alarm, tell_pages, write_event
from apps.clocks.registry import TimerFired
from apps.notices import services as notices


def fire(told: TimerFired) -> None:
    """Will note that nobody answered in time, and tell those who arrange alarms."""
    alarm = lock_alarm(told.subject_id)
    if not alarm.is_open or alarm.acknowledged_at is not None:
        return
    write_event(alarm, EventKind.OVERDUE, at=told.at)
    leaders = [
        user
        for user in users_with_permission(permissions.ARRANGE)
        if permissions.can_arrange(user, alarm)
    ]
    notices.notify(
        recipients=leaders,
        kind="alarms",
        title=_("告警超过首次响应时限无人响应：%s") % alarm,
        body=alarm.sentence,
        url=address(alarm),
        key=f"alarm-overdue:{alarm.pk}:{told.clock_id}",
    )
    tell_pages(alarm)


def lock(alarm_id: int) -> None:
    """Will take the row lock of an alarm before its clock's."""
    lock_alarm(alarm_id)


def describe(alarm_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Will give what a list of clocks calls alarms, and their pages."""
    found = Alarm.objects.filter(pk__in=alarm_ids)
    return {alarm.pk: (str(alarm), address(alarm)) for alarm in found}
