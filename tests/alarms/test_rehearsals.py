"""A threshold's price before anybody is troubled: worked out by the worker. RU-06."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Appointment, User
from apps.alarms import duty, services
from apps.alarms.enums import RehearsalState
from apps.alarms.models import Alarm, AlarmRule, RuleRehearsal, RuleState
from apps.alarms.registry import HistoryQuery, temporarily
from apps.alarms.rules import Reading
from apps.alarms.services import NewRule
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.fieldwork.models import Shift
from apps.notices.models import Notice
from tests.alarms.factories import asset, raised
from tests.alarms.test_rules import LEVELS, posted
from tests.cast import Cast
from tests.fieldwork.factories import worker

NEW = NewRule("水位过高", "water-level", {"levels": LEVELS})
Past = Callable[[HistoryQuery], Iterator[Reading]]


def past_of(*things: tuple[int, float], days: int = 5) -> Past:
    """Each of the last days every thing says 3.0, then its own level for two minutes, then 3.0."""

    def past(query: HistoryQuery) -> Iterator[Reading]:
        for pk, high in things:
            for day in range(days, 0, -1):
                for minute, level in ((0, 3.0), (2, high), (4, high), (6, 3.0)):
                    at = query.until - timedelta(days=day, minutes=-minute)
                    yield Reading(pk, query.profile, at, {"level_m": level}, "valid")

    return past


def ordered(cast: Cast, **changes: Any) -> RuleRehearsal:
    said = {"unit": cast.center, "new": NEW} | changes
    return services.order_rehearsal(cast.chief, **said)


def test_it_says_what_it_would_cost_and_keeps_nothing(watch: Cast) -> None:
    east, west = asset(watch), asset(watch, "西", west=True)
    run = ordered(watch)
    assert (run.state, run.result) == ("queued", {})
    with temporarily(history=past_of((east.pk, 4.0), (west.pk, 3.0))):
        assert services.rehearse_due() == 1
    run.refresh_from_db()
    found = run.result
    assert (run.state, run.done, run.total, run.percent) == ("done", 2, 2, 100)
    assert (found["readings"], found["things"], found["total"]) == (40, 2, 5)
    assert (found["busiest"], found["is_compared"]) == (1, False)
    assert sum(count for _day, count, _before in found["days"]) == 5
    assert found["levels"] == [[3, 5, 0]]
    [load] = found["units"]
    assert (load["unit"], load["count"], load["officers"]) == (watch.east_works.name, 5, 1)
    assert load["per_officer_and_day"] == round(5 / 30, 3)
    [told] = found["officers"]
    assert (told["name"], told["units"], told["count"]) == (
        "测operator_east", watch.east_works.name, 5,
    )  # fmt: skip
    assert not AlarmRule.objects.exists()
    assert not Alarm.objects.exists()
    assert not RuleState.objects.exists()
    assert Notice.objects.get(recipient=watch.chief).url == f"/alarms/rehearsals/{run.pk}/"
    actions = AuditEntry.objects.filter(object_type="alarms.rehearsal").order_by("pk")
    assert [entry.action for entry in actions] == [
        "alarm_rule.rehearsal_ordered", "alarm_rule.rehearsed",
    ]  # fmt: skip


def test_it_is_held_against_the_version_in_force(watch: Cast) -> None:
    """3.6 m disappears when the threshold rises to 3.8 m; 4.0 m stays; 3.3 m was never one."""
    low, high, calm = asset(watch), asset(watch, "高"), asset(watch, "平")
    draft = services.save_rule(SYSTEM, unit=watch.center, new=NEW)
    services.publish_rule(SYSTEM, version_id=draft.pk, checker=watch.rule_publisher)
    stricter = [LEVELS[0] | {"raise": "level_m >= 3.8"}]
    new = NewRule("水位过高", "water-level", {"levels": stricter})
    run = ordered(watch, new=new, rule_id=draft.rule_id)
    with temporarily(history=past_of((low.pk, 3.6), (high.pk, 4.0), (calm.pk, 3.3))):
        services.rehearse_due()
    run.refresh_from_db()
    found = run.result
    assert (found["total"], found["before"]) == (5, 10)
    assert (found["appearing"], found["disappearing"]) == (0, 5)
    assert {one["thing"] for one in found["disappears"]} == {low.name}
    assert found["levels"] == [[3, 5, 10]]
    assert [(one["count"], one["before"]) for one in found["officers"]] == [(5, 10)]


def on_roster(cast: Cast, *spans: tuple[datetime, datetime]) -> User:
    """Will give a worker of the east who handles alarms in these hours by the roster."""
    made = worker(cast)
    post = cast.operator_east.appointments.get().post
    Appointment.objects.create(user=made.user, post=post, from_on=date(2020, 1, 1))
    shift = Shift.objects.create(
        tenant=cast.tenant, unit=cast.east_works, name="早班", weekdays=[1],
        starts_at=time(8), ends_at=time(9),
    )  # fmt: skip
    for begin, end in spans:
        day = timezone.localdate(begin)
        made.duty_days.update_or_create(
            day=day, defaults={"shift": shift, "starts_at": begin, "ends_at": end}
        )
    return made.user


def test_only_who_is_on_duty_is_told(watch: Cast) -> None:
    """A person with a roster has what falls into their hours; one without has all."""
    thing, run = asset(watch), ordered(watch)
    day = run.until - timedelta(days=2)
    walker = on_roster(watch, (day, day + timedelta(hours=1)))
    with temporarily(history=past_of((thing.pk, 4.0))):
        services.rehearse_due()
    run.refresh_from_db()
    told = {one["name"]: one["count"] for one in run.result["officers"]}
    assert told == {"测operator_east": 5, walker.display_name: 1}


def test_a_grave_alarm_reaches_who_is_on_duty_now(watch: Cast) -> None:
    # Noon: an hour before midnight the roster an hour later would be another day's.
    now, hour = timezone.localtime().replace(hour=12), timedelta(hours=1)
    with clock.at(now):
        walker = on_roster(watch, (now + hour, now + 2 * hour))
        raised(asset(watch), at=now)
        told = Notice.objects.filter(kind="alarms").values_list("recipient", flat=True)
        assert list(told) == [watch.operator_east.pk]
        watch.operator_east.appointments.update(to_on=now.date() - timedelta(days=1))
        raised(asset(watch, "二号"), at=now, kind="gas_high")
    later = Notice.objects.filter(kind="alarms").latest("pk")
    assert later.recipient == walker  # off duty, but there is nobody else


def test_the_same_again_is_the_same_and_three_are_enough(watch: Cast) -> None:
    first = ordered(watch)
    assert ordered(watch) == first
    for number in (2, 3):
        body = {"levels": [LEVELS[0] | {"for_s": 60 + number}]}
        ordered(watch, new=NewRule(f"第{number}", "water-level", body))
    with pytest.raises(Refused, match="3次试算未完成"):
        ordered(watch, new=NewRule("四", "air", {"levels": LEVELS}))
    assert RuleRehearsal.objects.count() == 3


def test_a_worker_that_dies_midway_leaves_it_to_the_next(watch: Cast) -> None:
    thing, run = asset(watch), ordered(watch)

    def dies(query: HistoryQuery) -> Iterator[Reading]:
        yield next(past_of((thing.pk, 4.0))(query))
        raise SystemExit  # the process is gone

    with temporarily(history=dies), pytest.raises(SystemExit):
        services.rehearse_due()
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("running", 1)
    with temporarily(history=past_of((thing.pk, 4.0))):
        assert services.rehearse_due() == 0  # the first may still live
        with clock.at(clock.now() + timedelta(minutes=6)):
            assert services.rehearse_due() == 1
    run.refresh_from_db()
    assert (run.state, run.attempt, run.result["total"]) == ("done", 2, 5)


def test_after_three_deaths_it_is_given_up(watch: Cast) -> None:
    run = ordered(watch)
    RuleRehearsal.objects.filter(pk=run.pk).update(
        state=RehearsalState.RUNNING, attempt=3, claimed_until=clock.now() - timedelta(minutes=1)
    )
    assert services.rehearse_due() == 1
    run.refresh_from_db()
    assert (run.state, run.result) == ("failed", {})
    assert "多次中断" in run.error


def test_cancelled_while_it_runs_it_stops_and_writes_nothing(watch: Cast) -> None:
    thing, run = asset(watch), ordered(watch)
    taken: list[int] = []

    def cancelled(query: HistoryQuery) -> Iterator[Reading]:
        for number, reading in enumerate(past_of((thing.pk, 4.0), days=400)(query)):
            if number == 10:
                services.cancel_rehearsal(watch.chief, rehearsal_id=run.pk)
            taken.append(number)
            yield reading

    with temporarily(history=cancelled):
        services.rehearse_due()
    run.refresh_from_db()
    assert (run.state, run.result) == ("cancelled", {})
    assert len(taken) < 600  # of 1,600: the next time it tells how far it is, it stops
    with pytest.raises(Refused, match="已结束"):
        services.cancel_rehearsal(watch.chief, rehearsal_id=run.pk)


def test_a_source_that_fails_is_said_not_hidden(watch: Cast) -> None:
    run = ordered(watch)

    def broken(query: HistoryQuery) -> Iterator[Reading]:
        raise OSError("the disk is gone")
        yield Reading(0, query.profile, query.until, {}, "valid")

    with temporarily(history=broken):
        assert services.rehearse_due() == 1
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "试算未能完成，请缩小范围后重试")


def test_who_may_order_and_cancel(watch: Cast) -> None:
    for person in (watch.operator, watch.rule_publisher, watch.outsider):
        with pytest.raises(NotAllowed):
            services.order_rehearsal(person, unit=watch.center, new=NEW)
    with pytest.raises(InvalidInput) as refused:
        ordered(watch, new=NewRule("甲", "water-level", {}))
    assert refused.value.field == "levels"
    run = ordered(watch)
    with pytest.raises(NotFound):
        services.cancel_rehearsal(watch.operator, rehearsal_id=run.pk)
    assert RuleRehearsal.objects.get().state == "queued"


def test_old_ones_are_dropped(watch: Cast) -> None:
    run = ordered(watch)
    assert services.drop_old_rehearsals() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert services.drop_old_rehearsals() == 1
    assert not RuleRehearsal.objects.filter(pk=run.pk).exists()


def test_pages_from_order_to_result(watch: Cast, client: Client) -> None:
    thing = asset(watch)
    client.force_login(watch.chief)
    page = client.post("/alarms/rules/new/", posted(watch, rehearse="1"))
    run = RuleRehearsal.objects.get()
    text = page.content.decode()
    assert f'hx-get="/alarms/rehearsals/{run.pk}/panel/"' in text
    assert 'value="level_m ≥ 3.5"' in text  # what was filled in stays
    assert not AlarmRule.objects.exists()
    with temporarily(history=past_of((thing.pk, 4.0))):
        services.rehearse_due()
    panel = client.get(f"/alarms/rehearsals/{run.pk}/panel/").content.decode()
    assert "会产生5条告警" in panel
    assert "hx-trigger" not in panel
    assert f'data-chart="rehearsal-{run.pk}"' in panel
    assert "水位过高" in client.get("/alarms/rehearsals/").content.decode()
    client.force_login(watch.operator)
    assert client.get(f"/alarms/rehearsals/{run.pk}/").status_code == 200
    assert client.post(f"/alarms/rehearsals/{run.pk}/cancel/").status_code == 403
    client.force_login(watch.outsider)
    assert client.get(f"/alarms/rehearsals/{run.pk}/").status_code == 403


def test_cancelled_by_the_page(watch: Cast, client: Client) -> None:
    run = ordered(watch)
    client.force_login(watch.chief)
    panel = client.post(f"/alarms/rehearsals/{run.pk}/cancel/", headers={"HX-Request": "true"})
    assert "已取消" in panel.content.decode()
    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_two_orders_and_two_workers_at_once(watch: Cast) -> None:
    """The same twice at once is one; and one is worked through by one worker only."""
    thing = asset(watch)
    found: list[int] = []

    def orders() -> None:
        found.append(ordered(watch).pk)
        connection.close()

    def works() -> None:
        found.append(services.rehearse_due())
        connection.close()

    _both(orders)
    assert len(set(found)) == 1
    found.clear()
    with temporarily(history=past_of((thing.pk, 4.0))):
        _both(works)
    assert sorted(found) == [0, 1]
    run = RuleRehearsal.objects.get()
    assert (run.state, run.attempt) == ("done", 1)


def _both(deed: Callable[[], None]) -> None:
    threads = [Thread(target=deed) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_nobody_on_duty_means_everybody() -> None:
    now = datetime.fromisoformat("2026-05-01T10:00:00+08:00")
    roster = duty.Roster({1: []})
    people: list[Any] = [type("P", (), {"pk": 1})()]
    assert roster.on_duty(people, now) == people
