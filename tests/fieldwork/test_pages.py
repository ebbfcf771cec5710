"""The pages: who sees them, what they say, what their buttons do."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.fieldwork.enums import LeaveState, PlanState
from apps.fieldwork.models import Leave, PatrolPlan, Worker
from apps.fieldwork.services import report_positions
from apps.fieldwork.services.closing import measure
from tests.cast import Cast
from tests.fieldwork import factories
from tests.fieldwork.test_patrols import walked

LISTS = (
    "on-duty", "worker-list", "worker-new", "cell-gaps", "load", "roster", "shift-list",
    "leave-list", "patrol-board", "plan-list", "plan-new", "draw-list",
)  # fmt: skip


@pytest.fixture
def leader(cast: Cast, client: Client) -> Any:
    user = factories.leader(cast)
    client.force_login(user)
    return user


def url(name: str, *args: object) -> str:
    return reverse(f"fieldwork:{name}", args=args)


@pytest.mark.parametrize("name", LISTS)
def test_every_page_opens_for_a_leader_and_for_nobody_else(
    cast: Cast, client: Client, name: str
) -> None:
    client.force_login(factories.leader(cast))
    assert client.get(url(name)).status_code == 200
    client.force_login(cast.handler)
    assert client.get(url(name)).status_code == 403


def test_the_list_shows_workers_with_their_cells_and_exports_them(
    cast: Cast, client: Client, leader: Any
) -> None:
    worker = factories.worker(cast)
    page = client.get(url("worker-list"), {"q": "walker"}).content.decode()
    assert worker.user.full_name in page
    assert cast.cells["east"][0].name in page
    assert client.get(url("worker-list"), {"q": "zzz"}).content.decode().count("walker1") == 0
    answer = client.get(url("worker-export"))
    assert answer["Content-Type"].startswith("application/vnd.openxml")


def test_a_leader_enters_a_worker_and_gives_a_cell(cast: Cast, client: Client, leader: Any) -> None:
    user = factories.person("new", "walker", cast.east_works)
    values = {"user": user.pk, "unit": cast.east_works.pk, "kind": "full_time", "skills": ["fire"]}
    assert client.post(url("worker-new"), values).status_code == 302
    worker = Worker.objects.get(user=user)
    here = url("worker-detail", worker.pk)
    given = {"cell": cast.cells["east"][0].pk, "part": "main", "from_on": clock.today()}
    assert client.post(here, given).status_code == 302
    assert client.post(here, given).status_code == 422
    assert client.get(url("worker-cells", worker.pk)).json()["features"]
    [duty] = worker.duties.all()
    client.post(url("cell-end", worker.pk, duty.pk))
    duty.refresh_from_db()
    assert duty.to_on == clock.today()


def test_the_neighbours_pages_are_not_there(cast: Cast, client: Client) -> None:
    made = walked(cast)
    client.force_login(factories.leader(cast, "west"))
    for name, pk in (("worker-detail", made.worker_id), ("patrol-detail", made.pk),
                     ("patrol-map", made.pk), ("plan-detail", made.plan_id)):  # fmt: skip
        assert client.get(url(name, pk)).status_code == 404, name
    assert client.get(url("on-duty-places")).json()["features"] == []


def test_on_duty_is_shown_with_its_place_only_to_who_leads_there(
    cast: Cast, client: Client, leader: Any
) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - timedelta(minutes=5))
    fixes = factories.way(factories.middle(cast.cells["east"][0]), at=now, steps=1)
    report_positions(worker.user, key=uuid4(), fixes=fixes)
    [feature] = client.get(url("on-duty-places")).json()["features"]
    assert feature["properties"]["label"] == worker.user.full_name
    assert worker.user.full_name in client.get(url("on-duty")).content.decode()


def test_a_week_is_edited_by_choosing(cast: Cast, client: Client, leader: Any) -> None:
    worker = factories.worker(cast)
    shift = {
        "unit": cast.east_works.pk, "name": "早班", "weekdays": [1, 2, 3, 4, 5],
        "starts_at": "08:00", "ends_at": "17:00",
    }  # fmt: skip
    assert client.post(url("shift-list"), shift).status_code == 302
    early = client.get(url("roster")).context["shifts"][0]
    day = clock.today()
    field = f"d-{worker.pk}-{day.isoformat()}"
    client.post(url("roster"), {field: early.pk})
    assert worker.duty_days.get(day=day).shift == early
    client.post(url("roster"), {field: "rest"})
    assert worker.duty_days.get(day=day).shift is None
    client.post(url("shift-switch", early.pk))
    assert client.get(url("roster")).context["shifts"] == []


def test_leave_is_asked_for_by_the_worker_and_ruled_by_the_leader(
    cast: Cast, client: Client, leader: Any
) -> None:
    worker = factories.worker(cast)
    client.force_login(worker.user)
    day = clock.today() + timedelta(days=2)
    said = {"worker": worker.pk, "kind": "annual", "from_on": day, "to_on": day}
    assert client.post(url("leave-list"), said).status_code == 302
    assert client.post(url("leave-list"), said).status_code == 422
    leave = Leave.objects.get()
    client.post(url("leave-rule", leave.pk), {"ruling": "approve"}, follow=True)
    leave.refresh_from_db()
    assert leave.state == LeaveState.FILED, "nobody rules their own"
    client.force_login(leader)
    client.post(url("leave-rule", leave.pk), {"ruling": "approve"})
    leave.refresh_from_db()
    assert leave.state == LeaveState.APPROVED


def test_a_plan_is_made_gets_a_point_and_works(cast: Cast, client: Client, leader: Any) -> None:
    factories.worker(cast)
    cell = cast.cells["east"][0]
    values = {
        "unit": cast.east_works.pk, "title": "消防巡查", "subject": "fire", "cells": [cell.pk],
        "weekdays": [1, 2, 3, 4, 5, 6, 7], "times_per_week": 0, "starts_at": "00:00",
        "ends_at": "23:59", "from_on": clock.today(), "items": "通道畅通\n灭火器完好",
    }  # fmt: skip
    assert client.post(url("plan-new"), values).status_code == 302
    plan = PatrolPlan.objects.get()
    assert len(plan.items["fields"]) == 2
    here, where = url("plan-detail", plan.pk), factories.middle(cell)
    point = {"name": "西门", "point_lng": where.x, "point_lat": where.y, "radius_m": 40}
    assert client.post(here, point).status_code == 302
    assert client.post(here, point | {"point_lat": 37}).status_code == 422
    client.post(url("plan-state", plan.pk), {"state": PlanState.ACTIVE})
    assert plan.patrols.count() == 1
    assert client.get(url("plan-map", plan.pk)).json()["features"]
    client.post(url("plan-edit", plan.pk), values | {"title": "消防巡查二"})
    assert plan.points.filter(is_active=True).count() == 1, "points stay"
    client.post(url("point-remove", plan.pk, plan.points.get().pk))
    assert not plan.points.filter(is_active=True).exists()


def test_a_track_opens_only_after_its_purpose_and_only_for_who_said_it(
    cast: Cast, client: Client, leader: Any
) -> None:
    made = walked(cast)
    measure(made.pk)
    here = url("patrol-detail", made.pk)
    before = client.get(here)
    assert not before.context["fixes"]
    assert len(client.get(url("patrol-map", made.pk)).json()["features"]) == 3
    assert client.post(here, {"purpose": "curiosity"}).status_code == 422
    opened = client.post(here, {"purpose": "quality"})
    token = opened["Location"].partition("?look=")[2]
    assert len(client.get(opened["Location"]).context["fixes"]) == 51
    shapes = client.get(url("patrol-map", made.pk), {"look": token}).json()["features"]
    assert len(shapes) == 4
    other = factories.person("second", "walk_leader", cast.east_works)
    client.force_login(other)
    assert not client.get(here, {"look": token}).context["fixes"]
    assert not client.get(here, {"look": "rubbish"}).context["fixes"]


def test_drawn_patrols_are_judged_on_the_page(cast: Cast, client: Client, leader: Any) -> None:
    made = walked(cast)
    values = {"unit": cast.east_works.pk, "from_on": made.day, "to_on": made.day, "count": 1}
    drawn = client.post(url("draw-list"), values)
    page = client.get(drawn["Location"])
    [(check, may_judge)] = page.context["checks"]
    assert (may_judge, page.context["agrees"]) == (True, True)
    client.post(url("check-judge", check.draw_id, check.pk), {"verdict": "good"})
    check.refresh_from_db()
    assert check.verdict == "good"


def test_a_worker_sees_the_own_file_and_no_colleagues(cast: Cast, client: Client) -> None:
    worker = factories.worker(cast)
    other = factories.worker(cast, "other", cells=(1,))
    client.force_login(worker.user)
    assert client.get(url("mine"), follow=True).status_code == 200
    assert client.get(url("worker-detail", other.pk)).status_code == 404
    assert client.get(url("worker-list")).status_code == 403
    client.force_login(cast.handler)
    assert "您还没有登记为网格员" in client.get(url("mine")).content.decode()


def test_a_route_is_drawn_inside_the_cells_and_shown(
    cast: Cast, client: Client, leader: Any
) -> None:
    cell = cast.cells["east"][0]
    made = factories.worker(cast)
    patrol = factories.patrol(made, [cell])
    here, where = url("plan-route", patrol.plan_id), factories.middle(cell)
    west = factories.middle(cast.cells["west"][0])
    assert client.get(here).status_code == 200
    outside = f"{where.x},{where.y}\n{west.x},{west.y}"
    answer = client.post(here, {"route": outside})
    assert answer.status_code == 422
    assert "路线的第2个点不在计划的网格内" in answer.content.decode()
    client.post(here, {"route": f"{where.x},{where.y}\n{where.x + 0.001},{where.y}"})
    for name, pk in (("plan-map", patrol.plan_id), ("patrol-map", patrol.pk)):
        lines = [
            one for one in client.get(url(name, pk)).json()["features"]
            if one["properties"].get("dashed")
        ]  # fmt: skip
        assert [line["geometry"]["type"] for line in lines] == ["LineString"]
    assert "米（图中虚线）" in client.get(url("plan-detail", patrol.plan_id)).content.decode()
    client.post(here, {"route": ""})
    patrol.plan.refresh_from_db()
    assert patrol.plan.route is None
