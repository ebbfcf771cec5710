"""Plans, the patrols of a day, what closing finds, and random checks."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.fieldwork.enums import PatrolState, PlanState, StopState
from apps.fieldwork.models import Patrol, PatrolPlan
from apps.fieldwork.selectors.patrols import board, list_plans
from apps.fieldwork.services import Fix, check_in, finish_patrol, report_positions
from apps.fieldwork.services.checks import draw_checks, drawn_of, judge, look_at_track
from apps.fieldwork.services.closing import close_windows, measure, measure_due
from apps.fieldwork.services.plans import (
    NewPlan,
    NewPoint,
    falls_on,
    make_patrols,
    save_plan,
    set_plan_state,
)
from apps.notices.models import Notice
from tests.cast import SINCE, Cast
from tests.fieldwork import factories

MINUTE = timedelta(minutes=1)
WEEK = [1, 2, 3, 4, 5, 6, 7]


def new_plan(cast: Cast, **named) -> NewPlan:
    cells = cast.cells["east"][:2]
    values = {
        "unit": cast.east_works, "title": "消防巡查", "subject": "fire", "cells": cells,
        "weekdays": WEEK, "starts_at": time(0), "ends_at": time(23, 59), "from_on": SINCE,
        "points": [NewPoint(f"点{n}", factories.middle(cell)) for n, cell in enumerate(cells)],
    } | named  # fmt: skip
    return NewPlan(**values)


def test_an_active_plan_makes_the_patrols_of_today_once(cast: Cast) -> None:
    leader = factories.leader(cast)
    first = factories.worker(cast, "one", cells=(0,))
    plan = save_plan(leader, new=new_plan(cast))
    set_plan_state(leader, plan_id=plan.pk, state=PlanState.ACTIVE)
    found = {one.worker: one for one in board(leader, clock.today())}
    assert found[first].state == PatrolState.PLANNED
    assert found[None].state == PatrolState.UNASSIGNED
    assert [stop.name for stop in found[first].stops.all()] == ["点0"]
    assert make_patrols(clock.today()) == 0
    second = factories.worker(cast, "two", cells=(1,))
    assert make_patrols(clock.today()) == 1
    workers = set(Patrol.objects.values_list("worker", flat=True))
    assert workers == {first.pk, second.pk}


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({"title": " "}, "title"),
        ({"subject": "magic"}, "subject"),
        ({"weekdays": [9]}, "weekdays"),
        ({"times_per_week": 8}, "times_per_week"),
        ({"ends_at": time(0)}, "ends_at"),
        ({"items": {"fields": [{"name": "x"}]}}, "items"),
        ({"points": [NewPoint("远处", Point(121, 37, srid=4326))]}, "points"),
        ({"points": [NewPoint("小", Point(120.005, 36.005, srid=4326), 2)]}, "points"),
        ({"cells": []}, "cells"),
    ],
)
def test_a_plan_names_what_is_wrong(cast: Cast, named: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_plan(SYSTEM, new=new_plan(cast, **named))
    assert refused.value.field == field


def test_the_neighbour_neither_sees_nor_changes_a_plan(cast: Cast) -> None:
    plan = save_plan(SYSTEM, new=new_plan(cast))
    neighbour = factories.leader(cast, "west")
    assert not list_plans(neighbour).exists()
    with pytest.raises(NotAllowed):
        set_plan_state(neighbour, plan_id=plan.pk, state=PlanState.ACTIVE)
    with pytest.raises(NotAllowed):
        save_plan(neighbour, new=new_plan(cast), plan_id=plan.pk)
    with pytest.raises(InvalidInput):
        save_plan(SYSTEM, new=new_plan(cast, cells=cast.cells["west"][:1]))


def test_a_plan_without_points_is_not_put_to_work(cast: Cast) -> None:
    plan = save_plan(SYSTEM, new=new_plan(cast, points=()))
    with pytest.raises(Refused):
        set_plan_state(SYSTEM, plan_id=plan.pk, state=PlanState.ACTIVE)


@pytest.mark.parametrize(("times", "days"), [(0, 7), (1, 1), (3, 3), (7, 7)])
def test_times_per_week_picks_that_many_days(times: int, days: int) -> None:
    plan = PatrolPlan(weekdays=WEEK, times_per_week=times, from_on=SINCE)
    monday = date(2026, 6, 1)
    picked = [n for n in range(7) if falls_on(plan, monday + timedelta(days=n))]
    assert len(picked) == days


def walked(cast: Cast, *, done: bool = True) -> Patrol:
    """A patrol of yesterday noon whose worker walked 450 m east and checked in once or twice."""
    worker = factories.worker(cast)
    noon = timezone.localtime(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    noon -= timedelta(days=1)
    made = factories.patrol(worker, cast.cells["east"][:1], day=noon.date())
    factories.on_duty(worker, at=noon)
    start = factories.middle(cast.cells["east"][0])
    fixes = factories.way(start, at=noon + MINUTE, steps=51)
    fixes[20] = Fix(fixes[20].at, start.x + 2, start.y, 5)
    report_positions(worker.user, key=uuid4(), fixes=fixes)
    for stop in made.stops.all()[: 2 if done else 1]:
        check_in(
            worker.user, key=uuid4(), patrol_id=made.pk, point_id=stop.pk, at=noon + 5 * MINUTE,
            lon=stop.point.x, lat=stop.point.y, accuracy_m=5,
        )  # fmt: skip
    at = noon + 30 * MINUTE
    return finish_patrol(worker.user, key=uuid4(), patrol_id=made.pk, at=at)


def test_the_walk_is_measured_without_the_leap(cast: Cast) -> None:
    made = walked(cast)
    assert measure_due() == 1
    made.refresh_from_db()
    assert 440 < made.distance_m < 460
    assert made.doubtful_fixes == 1
    assert made.point_share == 1
    # 450 m by 60 m and the two half circles, of a cell of about 900 m by 1110 m.
    assert 0.025 < made.ground_share < 0.035
    assert measure_due() == 0


def test_positions_that_come_late_are_measured_too(cast: Cast) -> None:
    made = walked(cast)
    measure(made.pk)
    start = factories.middle(cast.cells["east"][0])
    later = factories.way(start, at=made.started_at + 10 * MINUTE, steps=20, east=-0.0001)
    report_positions(made.worker.user, key=uuid4(), fixes=later)
    assert measure_due() == 1
    made.refresh_from_db()
    assert made.distance_m > 600


def test_when_the_window_ends_missed_points_are_told_once(cast: Cast) -> None:
    leader, made = factories.leader(cast), walked(cast, done=False)
    assert close_windows() == 1
    assert close_windows() == 0
    made.refresh_from_db()
    assert made.state == PatrolState.PARTIAL
    assert [stop.state for stop in made.stops.all()] == [StopState.DONE, StopState.MISSED]
    told = Notice.objects.filter(key=f"patrol-missed:{made.pk}")
    assert {one.recipient_id for one in told} == {leader.pk, made.worker.user_id}


def test_a_check_in_delivered_late_mends_the_patrol_and_says_so(cast: Cast) -> None:
    made = walked(cast, done=False)
    close_windows()
    stop = made.stops.all()[1]
    late = check_in(
        made.worker.user, key=uuid4(), patrol_id=made.pk, point_id=stop.pk,
        at=made.started_at + MINUTE, lon=stop.point.x, lat=stop.point.y, accuracy_m=5,
    )  # fmt: skip
    made.refresh_from_db()
    assert late.is_late
    assert made.state == PatrolState.DONE


def test_a_patrol_nobody_walked_is_missed(cast: Cast) -> None:
    yesterday = clock.today() - timedelta(days=1)
    made = factories.patrol(factories.worker(cast), cast.cells["east"][:1], day=yesterday)
    close_windows()
    made.refresh_from_db()
    assert made.state == PatrolState.MISSED


def test_a_draw_can_be_computed_again_and_is_judged_once(cast: Cast) -> None:
    leader, made = factories.leader(cast), walked(cast)
    draw = draw_checks(leader, unit=cast.east_works, from_on=made.day, to_on=made.day, count=1)
    [check] = draw.checks.all()
    assert drawn_of(draw.population, draw.seed, 1) == [check.patrol_id]
    assert drawn_of(range(50), "abc", 5) == drawn_of(list(range(50))[::-1], "abc", 5)
    with pytest.raises(NotAllowed):
        judge(made.worker.user, check_id=check.pk, verdict="good")
    with pytest.raises(InvalidInput):
        judge(leader, check_id=check.pk, verdict="false")
    assert judge(leader, check_id=check.pk, verdict="false", note="照片不符").judged_at
    with pytest.raises(Refused):
        judge(leader, check_id=check.pk, verdict="good")
    with pytest.raises(Refused):
        draw_checks(leader, unit=cast.east_works, from_on=made.day, to_on=made.day, count=9)


def test_a_look_at_a_track_needs_a_purpose_and_leaves_a_trace(cast: Cast) -> None:
    leader, made = factories.leader(cast), walked(cast)
    with pytest.raises(InvalidInput):
        look_at_track(leader, patrol=made, purpose="curiosity")
    with pytest.raises(NotAllowed):
        look_at_track(factories.leader(cast, "west"), patrol=made, purpose="quality")
    assert len(look_at_track(leader, patrol=made, purpose="quality", note="抽查")) == 51
    assert look_at_track(made.worker.user, patrol=made, purpose="")
    looks = AuditEntry.objects.filter(action="track.looked_at").order_by("pk")
    assert [one.data["purpose"] for one in looks] == ["quality", "own"]
