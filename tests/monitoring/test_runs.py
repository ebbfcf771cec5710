"""The one-key check from the button to the report. Source: OP-03."""

import threading
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.alarms.services import add_dependency
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.monitoring.enums import Cycle, RunKind, RunState, State
from apps.monitoring.models import CheckRun, Outage, RunFinding, RunPlan
from apps.monitoring.registry import Finding, Point, Supply, only_supplies
from apps.monitoring.selectors import compare, get_run, list_findings, run_areas, summary_of
from apps.monitoring.services import (
    begin_outage,
    cancel_run,
    drop_old_runs,
    interrupt_dead_runs,
    order_planned,
    order_run,
    run_due,
    save_plan,
)
from apps.monitoring.services.running import KEPT, LEASE
from apps.monitoring.services.scheduling import next_time
from apps.notices.models import Notice
from apps.sensing.models import Device, DeviceProfile, Presence
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.monitoring.conftest import OpenRoom
from tests.monitoring.factories import check, measure, person, target

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def watcher(cast: Cast) -> Any:
    return person("watcher", "watcher", cast.east_works)


def some_points(*states: State) -> Supply:
    """Points of a kind that stand as told."""
    points = [Point(f"p{n}", f"点位{n}", extra=state) for n, state in enumerate(states)]
    return Supply(
        RunKind.PICTURE, "test", lambda _area: points, lambda point, _o: Finding(point.extra)
    )


def test_a_round_looks_at_all_kinds_and_tells_who_ordered_it(
    cast: Cast, watcher: Any, open_equipment: OpenRoom
) -> None:
    ports = open_equipment.ports
    server = target(asset(cast, "政务服务器"))
    web = check(server, "http", ports["web"])
    measure(web, "status", warn=250)
    check(server, "tcp", ports["tcp"])
    switch = target(asset(cast, "核心交换机"), kind="switch")
    open_equipment.room.dead.add("metrics")
    check(switch, "metrics", ports["metrics"])
    elsewhere = target(asset(cast, "西区服务器", west=True))
    check(elsewhere, "tcp", ports["tcp"])
    target(asset(cast, "未配置的存储"), kind="storage")
    begin_outage(switch.asset, kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
    run = order_run(watcher, area=cast.east)
    assert run_due() == 1
    run.refresh_from_db()
    assert (run.state, run.total, run.done) == (RunState.DONE, run.done, run.total)
    found = {(one.kind, one.label): one for one in run.findings.all()}
    assert found["servers", "政务服务器"].state == State.UP
    assert found["servers", "政务服务器"].facts == {"status": 200}
    assert found["switches", "核心交换机"].state == State.DOWN
    assert "metrics" in found["switches", "核心交换机"].text
    assert found["storage", "未配置的存储"].state == State.UNKNOWN
    assert "西区服务器" not in {one.label for one in run.findings.all()}
    assert {one.kind for one in run.findings.all()} >= {"map", "servers", "switches", "storage"}
    kinds = {one.code: one for one in summary_of(run)}
    assert len(kinds) == 13
    assert kinds["map"].up == kinds["map"].total > 0
    assert kinds["switches"].bad == 1
    assert kinds["picture"].note
    assert "异常 1 个" in Notice.objects.get(recipient=watcher).title
    assert AuditEntry.objects.filter(action="onekey_run.finished").count() == 1


def test_a_figure_beyond_its_limit_is_named_with_both_numbers(
    cast: Cast, watcher: Any, open_equipment: OpenRoom
) -> None:
    server = target(asset(cast))
    measure(check(server, "http", open_equipment.ports["web"]), "status", name="状态码", warn=100)
    order_run(watcher, area=cast.east, kinds=["servers"])
    run_due()
    found = RunFinding.objects.get()
    assert (found.state, found.text) == (State.DEGRADED, "状态码 200（限值 100）")


def test_devices_are_looked_at_where_they_report(cast: Cast, watcher: Any) -> None:
    profile = DeviceProfile.objects.get(code="air")
    for node, state in (("a", "online"), ("b", "offline"), ("c", "fault"), ("d", "unknown")):
        device = Device.objects.create(
            asset=asset(cast, f"设备{node}"), profile=profile, node=node, registered_at=NOON
        )
        Presence.objects.update_or_create(device=device, defaults={"state": state, "since": NOON})
    order_run(watcher, area=cast.east, kinds=["devices"])
    run_due()
    found = dict(RunFinding.objects.values_list("label", "state"))
    assert found == {"设备a": "up", "设备b": "down", "设备c": "degraded", "设备d": "unknown"}


def test_two_at_once_are_refused_with_a_word(cast: Cast, watcher: Any) -> None:
    order_run(watcher, area=cast.east)
    with pytest.raises(Refused, match="正在检查"):
        order_run(watcher, area=cast.east)
    assert CheckRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_buttons_pressed_at_the_same_moment_make_one_run(cast: Cast) -> None:
    said: list[str] = []
    gate = threading.Barrier(2)

    def press() -> None:
        gate.wait(5)
        try:
            order_run(SYSTEM, area=cast.east)
            said.append("ordered")
        except Refused:
            said.append("refused")
        finally:
            connection.close()

    pressing = [threading.Thread(target=press) for _turn in range(2)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join(10)
    assert sorted(said) == ["ordered", "refused"]


def test_who_may_not_and_the_neighbour(cast: Cast, watcher: Any) -> None:
    with pytest.raises(NotAllowed):
        order_run(watcher, area=cast.west)
    with pytest.raises(NotAllowed):
        order_run(cast.acceptor, area=cast.east)
    with pytest.raises(InvalidInput) as refused:
        order_run(watcher, area=cast.east, kinds=["weather"])
    assert refused.value.field == "kinds"
    run = order_run(watcher, area=cast.east)
    neighbour = person("neighbour", "watcher", cast.west_works)
    with pytest.raises(NotFound):
        get_run(neighbour, pk=run.pk)
    with pytest.raises(NotAllowed):
        cancel_run(neighbour, run_id=run.pk)
    assert {area.pk for area in run_areas(neighbour)}.isdisjoint({cast.east.pk, cast.city.pk})
    assert not run_areas(cast.outsider).exists()


def test_cancelled_it_stops_and_keeps_what_it_found(cast: Cast, watcher: Any) -> None:
    run = order_run(watcher, area=cast.east)
    seen = []

    def judge(point: Point, _outcomes: object) -> Finding:
        seen.append(point.key)
        if len(seen) == 600:
            cancel_run(watcher, run_id=run.pk)
        return Finding(State.UP)

    points = [Point(f"p{n}", "点位") for n in range(3000)]
    with only_supplies(Supply(RunKind.PICTURE, "test", lambda _area: points, judge)):
        run_due()
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert len(seen) < 3000
    assert 0 < run.findings.count() < 3000
    with pytest.raises(Refused):
        cancel_run(watcher, run_id=run.pk)


def test_a_dead_worker_leaves_an_interrupted_run_and_the_way_is_free(
    cast: Cast, watcher: Any
) -> None:
    run = order_run(watcher, area=cast.east)
    CheckRun.objects.update(state=RunState.RUNNING, claimed_until=clock.now() + LEASE)
    assert interrupt_dead_runs() == 0
    with clock.at(clock.now() + 2 * LEASE):
        assert interrupt_dead_runs() == 1
    run.refresh_from_db()
    assert run.state == RunState.INTERRUPTED
    assert run.error
    assert run_due() == 0  # never begun again by itself
    assert order_run(watcher, area=cast.east).pk != run.pk


def test_one_point_that_cannot_be_judged_spoils_no_other(cast: Cast, watcher: Any) -> None:
    def judge(point: Point, _outcomes: object) -> Finding:
        if point.key == "p1":
            raise ValueError("broken")
        return Finding(State.UP)

    points = [Point(f"p{n}", "点位") for n in range(3)]
    order_run(watcher, area=cast.east, kinds=["picture"])
    with only_supplies(Supply(RunKind.PICTURE, "test", lambda _area: points, judge)):
        run_due()
    assert dict(RunFinding.objects.values_list("key", "state")) == {
        "p0": "up", "p1": "unknown", "p2": "up",
    }  # fmt: skip


def test_it_is_held_against_the_run_before(cast: Cast, watcher: Any) -> None:
    up, down = State.UP, State.DOWN
    for states in ((up, down, down, up), (down, down, up, up)):
        order_run(watcher, area=cast.east, kinds=["picture"])
        with only_supplies(some_points(*states)):
            run_due()
    first, second = CheckRun.objects.order_by("pk")
    assert compare(first) is None
    found = compare(second)
    assert found is not None
    assert (found.appeared, found.recovered, found.remaining) == (1, 1, 1)
    assert [one.key for one in list_findings(second, is_new=True)] == ["p0"]
    assert [one.key for one in list_findings(second, state="bad")] == ["p0", "p1"]


def test_what_hangs_behind_a_dead_parent_is_counted(cast: Cast, watcher: Any) -> None:
    cabinet, cameras = asset(cast, "配电箱"), [asset(cast, f"摄像机{n}") for n in range(3)]
    for camera in cameras:
        add_dependency(SYSTEM, child=camera, parent=cabinet, kind="power")
    begin_outage(cameras[0], kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
    order_run(watcher, area=cast.east, kinds=["topology"])
    run_due()
    found = RunFinding.objects.get()
    assert (found.state, found.asset_id) == (State.DEGRADED, cabinet.pk)
    assert "下级 3 个，中断 1 个" in found.text
    assert Outage.objects.count() == 1


def test_planned_runs_are_ordered_once_a_day_in_the_citys_time(cast: Cast, watcher: Any) -> None:
    with clock.at(NOON):
        plan = save_plan(watcher, area=cast.east, cycle=Cycle.DAILY, at=time(7, 30))
        again = save_plan(watcher, area=cast.east, cycle=Cycle.DAILY, at=time(7, 30), kinds=["map"])
    assert again.pk == plan.pk
    due = RunPlan.objects.get().due_at
    assert timezone.localtime(due) == timezone.localtime(due).replace(day=21, hour=7, minute=30)
    with clock.at(due - timedelta(minutes=1)):
        assert order_planned() == 0
    with clock.at(due):
        assert order_planned() == 1
        assert order_planned() == 0
    run = CheckRun.objects.get()
    assert (run.maker, run.kinds) == (None, ["map"])
    with clock.at(due + timedelta(days=1)):
        assert order_planned() == 0  # the one of yesterday still stands in the way
    assert RunPlan.objects.get().due_at == due + timedelta(days=2)
    monday = next_time(Cycle.WEEKLY, time(7, 30), after=NOON)
    assert timezone.localtime(monday).weekday() == 0
    neighbour = person("neighbour", "watcher", cast.west_works)
    with pytest.raises(NotAllowed):
        save_plan(neighbour, area=cast.east, cycle=Cycle.DAILY, at=time(1, 0))
    with pytest.raises(InvalidInput) as refused:
        save_plan(watcher, area=cast.east, cycle="hourly", at=time(1, 0))
    assert refused.value.field == "cycle"


def test_old_runs_are_forgotten_with_what_they_found(cast: Cast, watcher: Any) -> None:
    order_run(watcher, area=cast.east, kinds=["picture"])
    with only_supplies(some_points(State.UP, State.DOWN)):
        run_due()
    with clock.at(clock.now() + KEPT + timedelta(days=1)):
        assert drop_old_runs() == 1
    assert not RunFinding.objects.exists()
