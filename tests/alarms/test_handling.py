"""What people do about an alarm. AL-01."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from apps.alarms.errors import AlarmEnded
from apps.alarms.models import Alarm
from apps.alarms.services import (
    Handled,
    acknowledge,
    assign,
    comment,
    do_to_many,
    handle,
    recover_alarm,
    shelve,
    take_up_due,
    unshelve,
)
from apps.audit.models import AuditEntry
from apps.clocks.models import Clock
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.notices.models import Notice
from tests.alarms.factories import asset, minutes, raised
from tests.cast import Cast

DONE = Handled("repaired", "已疏通排水口")


def test_confirming_stops_the_clock_once(watch: Cast) -> None:
    alarm = raised(asset(watch))
    acknowledge(watch.operator_east, alarm_id=alarm.pk)
    again = acknowledge(watch.operator, alarm_id=alarm.pk)
    assert again.acknowledged_by == watch.operator_east
    assert Clock.objects.get(subject_id=alarm.pk).outcome == "answered"
    assert [e.kind for e in alarm.events.all()] == ["raised", "acknowledged"]
    assert AuditEntry.objects.filter(action="alarm.acknowledged").count() == 1


def test_neighbours_and_readers_may_not(watch: Cast) -> None:
    alarm = raised(asset(watch))
    with pytest.raises(NotFound):
        acknowledge(watch.operator_west, alarm_id=alarm.pk)
    with pytest.raises(NotAllowed):
        acknowledge(watch.reader, alarm_id=alarm.pk)
    with pytest.raises(NotFound):
        acknowledge(watch.outsider, alarm_id=alarm.pk)
    with pytest.raises(NotFound):
        acknowledge(watch.operator, alarm_id=alarm.pk + 1)
    assert not alarm.events.filter(kind="acknowledged").exists()


def test_assigning(watch: Cast) -> None:
    alarm = raised(asset(watch))
    with pytest.raises(NotAllowed):
        assign(watch.operator, alarm_id=alarm.pk, assignee=watch.operator_east)
    with pytest.raises(InvalidInput) as refused:
        assign(watch.chief, alarm_id=alarm.pk, assignee=watch.operator_west)
    assert refused.value.field == "assignee"
    assign(watch.chief, alarm_id=alarm.pk, assignee=watch.operator_east)
    assert Notice.objects.filter(title__startswith="指派给您").count() == 1
    taken = assign(watch.operator, alarm_id=alarm.pk, assignee=watch.operator)
    assert taken.assignee == watch.operator
    entry = AuditEntry.objects.filter(action="alarm.assigned").latest("pk")
    assert set(entry.data) == {"before", "after"}


def test_handling_leaves_the_end_to_the_source(watch: Cast) -> None:
    thing = asset(watch)
    alarm = raised(thing)
    handle(watch.operator_east, alarm_id=alarm.pk, done=DONE)
    alarm.refresh_from_db()
    assert (alarm.outcome, alarm.state, alarm.ended_at) == ("repaired", "active", None)
    assert alarm.acknowledged_by == watch.operator_east
    recover_alarm(
        source="device", kind="water_high", asset=thing, at=clock.now(), sentence="已回落"
    )
    alarm.refresh_from_db()
    assert (alarm.state, alarm.result) == ("recovered", DONE.result)


def test_closing_ends_it_and_the_next_report_is_another(watch: Cast) -> None:
    thing = asset(watch)
    alarm = raised(thing)
    handle(watch.operator, alarm_id=alarm.pk, done=Handled("false", "传感器进水", closes=True))
    alarm.refresh_from_db()
    assert alarm.state == "closed"
    with pytest.raises(AlarmEnded):
        handle(watch.operator, alarm_id=alarm.pk, done=Handled("false", "再关", closes=True))
    with pytest.raises(AlarmEnded):
        assign(watch.chief, alarm_id=alarm.pk, assignee=watch.chief)
    assert raised(thing).pk != alarm.pk


@pytest.mark.parametrize(
    ("deed", "field"),
    [
        (lambda w, pk: handle(w, alarm_id=pk, done=Handled("fixed", "x")), "outcome"),
        (lambda w, pk: handle(w, alarm_id=pk, done=Handled("repaired", "  ")), "result"),
        (lambda w, pk: comment(w, alarm_id=pk, text=" "), "text"),
        (lambda w, pk: shelve(w, alarm_id=pk, until=clock.now(), reason="等件"), "until"),
        (
            lambda w, pk: shelve(w, alarm_id=pk, until=clock.now() + minutes(5), reason=""),
            "reason",
        ),
        (lambda w, pk: unshelve(w, alarm_id=pk), "until"),
    ],
)
def test_what_is_not_said_rightly_is_refused(
    watch: Cast, deed: Callable[..., Alarm], field: str
) -> None:
    alarm = raised(asset(watch))
    with pytest.raises(InvalidInput) as refused:
        deed(watch.operator, alarm.pk)
    assert refused.value.field == field
    assert alarm.events.count() == 1


def test_laying_aside_ends_by_itself(watch: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        alarm = raised(asset(watch))
        shelve(watch.operator, alarm_id=alarm.pk, until=now + minutes(30), reason="等配件")
        raised(alarm.asset)
        assert take_up_due() == 0
    with clock.at(now + minutes(31)):
        assert (take_up_due(), take_up_due()) == (1, 0)
    alarm.refresh_from_db()
    assert (alarm.shelved_until, alarm.acknowledged_at) == (None, None)
    assert [c.state for c in Clock.objects.filter(subject_id=alarm.pk).order_by("pk")] == [
        "stopped",
        "running",
    ]
    with clock.at(now + minutes(32)):
        shelve(watch.operator, alarm_id=alarm.pk, until=now + minutes(60), reason="再等")
        unshelve(watch.operator, alarm_id=alarm.pk)
    assert alarm.events.filter(kind="unshelved").count() == 2


def test_many_at_once(watch: Cast) -> None:
    mine, other = raised(asset(watch)), raised(asset(watch, "西区水位计", west=True))
    told = do_to_many(watch.operator_east, alarm_ids=[mine.pk, other.pk], action="acknowledge")
    assert {outcome.alarm_id: bool(outcome.error) for outcome in told} == {
        mine.pk: False,
        other.pk: True,
    }
    told = do_to_many(
        watch.chief, alarm_ids=[mine.pk, other.pk], action="assign", assignee=watch.operator
    )
    assert [outcome.error for outcome in told] == ["", ""]
    for wrong in ({"action": "delete"}, {"action": "assign"}):
        with pytest.raises(InvalidInput):
            do_to_many(watch.chief, alarm_ids=[mine.pk], **wrong)


@pytest.mark.django_db(transaction=True)
def test_two_confirm_at_once(watch: Cast) -> None:
    alarm, together = raised(asset(watch)), Barrier(2)

    def confirm(name: str) -> None:
        together.wait()
        acknowledge(watch.people[name], alarm_id=alarm.pk)
        connection.close()

    threads = [Thread(target=confirm, args=[name]) for name in ("operator", "operator_east")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alarm.events.filter(kind="acknowledged").count() == 1
