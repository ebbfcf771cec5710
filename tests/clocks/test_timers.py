"""Timers fire once each, whoever scans, whatever fails."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from apps.audit.services import SYSTEM
from apps.clocks import registry, services
from apps.clocks.engine import Limit
from apps.clocks.ledger import Threshold
from apps.clocks.models import Clock, ClockTimer
from apps.clocks.tasks import fire_due_timers
from apps.common import clock as city_clock
from tests.clocks.factories import default_calendar, local, running_clock

THRESHOLDS = [
    Threshold("half", fraction=Decimal("0.5")),
    Threshold("day_before", offset=Limit(-1, "working_days")),
    Threshold("supervise", "supervise", "supervise", offset=Limit(1, "working_days")),
]


@pytest.fixture
def fired():
    seen = []
    with registry.temporarily("test.case", seen.append):
        yield seen


def scan(at: str) -> int:
    with city_clock.at(local(at)):
        return services.fire_due()


@pytest.mark.django_db
def test_each_threshold_fires_once_in_its_time(fired):
    clock = running_clock(default_calendar(), at="2026-11-19 17:30", thresholds=THRESHOLDS)
    assert scan("2026-11-20 09:00") == 0
    scan("2026-11-24 14:00")
    scan("2026-11-24 14:00")
    scan("2026-11-26 00:00")
    scan("2026-11-30 00:00")
    with city_clock.at(local("2026-12-30 00:00")):
        fire_due_timers()
    assert [f.threshold_code for f in fired] == ["half", "day_before", "expiry", "supervise"]
    assert fired[-1].level == "supervise"
    assert fired[2].at == clock.due_at


@pytest.mark.django_db
def test_expiry_marks_the_breach(fired):
    clock = running_clock(default_calendar())
    scan("2026-11-27 17:29")
    assert Clock.objects.get().breached_at is None
    scan("2026-11-27 17:30")
    assert Clock.objects.get().breached_at == clock.due_at


@pytest.mark.django_db
def test_suspended_and_stopped_clocks_fire_nothing(fired):
    clock = running_clock(default_calendar())
    services.suspend(clock, at=local("2026-11-23 09:00"), reason="停", by=SYSTEM)
    assert scan("2027-01-01 00:00") == 0
    services.resume(clock, at=local("2027-01-01 09:00"), by=SYSTEM)
    services.stop(clock, at=local("2027-01-01 10:00"), outcome="done")
    assert scan("2028-01-01 00:00") == 0


@pytest.mark.django_db
def test_extension_arms_an_expired_timer_anew(fired):
    clock = running_clock(default_calendar())
    scan("2026-11-27 18:00")
    services.extend(
        clock, amount=1, unit="working_days", reason="补批", at=local("2026-11-27 19:00"), by=SYSTEM
    )
    scan("2026-11-30 18:00")
    assert [(f.threshold_code, f.occurrence) for f in fired] == [("expiry", 1), ("expiry", 2)]


@pytest.mark.django_db
def test_resuming_does_not_repeat_a_warning(fired):
    clock = running_clock(
        default_calendar(), thresholds=[Threshold("half", fraction=Decimal("0.5"))]
    )
    scan("2026-11-26 09:00")
    services.suspend(clock, at=local("2026-11-26 10:00"), reason="停", by=SYSTEM)
    services.resume(clock, at=local("2026-12-02 10:00"), by=SYSTEM)
    scan("2026-12-02 11:00")
    assert [f.threshold_code for f in fired] == ["half"]


@pytest.mark.django_db
def test_a_suspension_with_an_end_wakes_the_subject(fired):
    clock = running_clock(default_calendar())
    services.suspend(
        clock,
        at=local("2026-11-23 09:00"),
        reason="等天气",
        by=SYSTEM,
        until=local("2026-11-24 09:00"),
    )
    scan("2026-11-24 09:00")
    assert [f.threshold_code for f in fired] == ["wake"]
    services.resume(clock, at=local("2026-11-24 09:01"), by=SYSTEM)
    assert not ClockTimer.objects.filter(code="wake").exists()


@pytest.mark.django_db
def test_a_failing_handler_is_tried_again_and_its_rows_are_undone(caplog):
    running_clock(default_calendar())
    calls = []

    def handler(event):
        calls.append(event)
        Clock.objects.filter(pk=event.clock_id).update(label="half done")
        if len(calls) == 1:
            raise ValueError("broken")

    with registry.temporarily("test.case", handler):
        assert scan("2026-11-27 17:30") == 0
        assert Clock.objects.get().label == ""
        assert "broken" in ClockTimer.objects.get().last_error
        assert scan("2026-11-27 17:30") == 0
        assert scan("2026-11-27 17:31") == 1
        assert scan("2026-11-27 18:31") == 0
    assert len(calls) == 2
    assert "clock timer failed" in caplog.text


@pytest.mark.django_db
def test_a_claim_of_a_dead_worker_runs_out(fired):
    running_clock(default_calendar())
    with city_clock.at(local("2026-11-27 17:30")):
        from apps.clocks.services import timers

        assert len(timers._claim(10)) == 1
    assert scan("2026-11-27 17:31") == 0
    assert scan("2026-11-27 17:33") == 1


@pytest.mark.django_db
def test_timers_without_a_handler_wait():
    running_clock(default_calendar(), subject_type="nobody.cares")
    assert scan("2027-01-01 00:00") == 0
    assert ClockTimer.objects.get().fired_at is None


@pytest.mark.django_db
def test_a_handler_may_act_on_the_clock(fired):
    clock = running_clock(default_calendar())

    def give_another_day(event):
        services.extend(
            clock, amount=1, unit="working_days", reason="自动顺延", at=city_clock.now(), by=SYSTEM
        )

    with registry.temporarily("test.case", give_another_day):
        scan("2026-11-27 18:00")
        assert scan("2026-11-30 18:00") == 1


def test_two_handlers_for_one_subject_are_refused():
    with registry.temporarily("test.case", print), pytest.raises(ValueError, match="already"):
        registry.register_timer_handler("test.case", len)


@pytest.mark.django_db(transaction=True)
def test_two_scanners_at_once_fire_each_timer_once():
    calendar = default_calendar()
    for subject in range(40):
        running_clock(calendar, subject_id=subject)
    seen, start = [], threading.Barrier(2)

    def run():
        start.wait()
        try:
            scan("2026-11-30 00:00")
        finally:
            connection.close()

    with registry.temporarily("test.case", lambda event: seen.append(event.subject_id)):
        threads = [threading.Thread(target=run) for _n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_scanner_and_officer_take_locks_in_the_same_order():
    """The officer holds the subject, then moves the clock; the scanner waits, no deadlock."""
    clock = running_clock(default_calendar())
    subject = default_calendar()  # any row will do as the subject
    holding, seen = threading.Event(), []

    def lock(_subject_id):
        holding.wait(5)
        list(type(subject).objects.select_for_update().filter(pk=subject.pk))

    def run():
        try:
            scan("2026-11-27 18:00")
        finally:
            connection.close()

    with registry.temporarily("test.case", seen.append, lock=lock):
        thread = threading.Thread(target=run)
        with transaction.atomic():
            type(subject).objects.select_for_update().get(pk=subject.pk)
            thread.start()
            holding.set()
            services.stop(clock, at=clock.due_at + timedelta(minutes=1), outcome="done")
        thread.join()
    assert seen == []


@pytest.mark.django_db
def test_a_timer_claimed_twice_fires_once(fired):
    running_clock(default_calendar())
    from apps.clocks.services import timers

    timer_id = ClockTimer.objects.get().pk
    with city_clock.at(local("2026-11-27 18:00")):
        assert [timers._fire(timer_id), timers._fire(timer_id)] == [True, False]
    assert len(fired) == 1
