"""What other parts see of field work: the map, machines, leavers, the sharing of load."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIClient

from apps.accounts.registry import endings, open_works
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.fieldwork import map_layers, registry
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.selectors import cells_of, load_of
from apps.fieldwork.selectors.load import Kind, LoadRow, gini, index_of, load_report, suggest
from apps.fieldwork.services import report_positions
from tests.cast import Cast
from tests.fieldwork import factories
from tests.gateway.factories import issue

TOMORROW = timedelta(days=1)


def test_the_map_shows_workers_to_their_leaders_only(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - timedelta(minutes=5))
    place = factories.middle(cast.cells["east"][0])
    report_positions(worker.user, key=uuid4(), fixes=factories.way(place, at=now, steps=1))
    factories.patrol(worker, cast.cells["east"][:1])
    leader, neighbour = factories.leader(cast), factories.leader(cast, "west")
    for rows in (map_layers.on_duty_rows, map_layers.stop_rows):
        assert rows(leader).exists()
        assert not rows(neighbour).exists()
        assert not rows(AnonymousUser()).exists()
        assert not rows(cast.handler).exists()
    names = dict(map_layers.cell_rows(leader).values_list("pk", "worker_name"))
    assert names[cast.cells["east"][0].pk] == worker.user.full_name
    assert not map_layers.cell_rows(cast.handler).exists()


def test_machines_read_masked_workers_and_patrols_of_their_reach(cast: Cast) -> None:
    worker = factories.worker(cast)
    factories.patrol(worker, cast.cells["east"][:1])
    caller = APIClient()
    values = {"tenant": cast.tenant, "scopes": ["fieldwork.read"]}
    _client, key = issue(service_user=factories.leader(cast), **values)
    caller.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    [row] = caller.get("/api/v1/field-workers/").json()["results"]
    assert row["name"] != worker.user.full_name
    assert "*" in row["name"]
    [patrol] = caller.get("/api/v1/patrols/").json()["results"]
    assert (patrol["points"], patrol["points_done"], patrol["state"]) == (2, 0, "planned")
    _client, key = issue(service_user=factories.leader(cast, "west"), **values)
    caller.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    assert caller.get("/api/v1/patrols/").json()["results"] == []
    _client, key = issue(service_user=cast.handler, tenant=cast.tenant, scopes=["cases.read"])
    caller.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    assert caller.get("/api/v1/field-workers/").status_code == 403


def test_a_leavers_cells_go_to_a_colleague_tomorrow(cast: Cast) -> None:
    worker = factories.worker(cast)
    taker = factories.worker(cast, "taker", cells=())
    [work] = [one for one in open_works() if one.code == "fieldwork.cells"]
    [item] = work.list_of(worker.user)
    assert work.why_not(cast.handler, item)
    assert not work.why_not(taker.user, item)
    assert work.hand_over(SYSTEM, worker.user, taker.user, [item.key], "离职") == [item.key]
    assert work.list_of(worker.user) == []
    cell = cast.cells["east"][0]
    assert list(cells_of(worker.user, clock.today())) == [cell]
    assert list(cells_of(taker.user, clock.today() + TOMORROW)) == [cell]


def test_a_leaver_is_a_worker_no_more(cast: Cast) -> None:
    worker = factories.worker(cast)
    [ending] = [one for one in endings() if one.code == "fieldwork.worker"]
    assert ending.end(SYSTEM, worker.user) == 1
    assert ending.end(SYSTEM, worker.user) == 0
    worker.refresh_from_db()
    assert worker.state == WorkerState.LEFT


def test_other_apps_add_to_the_load(cast: Cast) -> None:
    worker = factories.worker(cast)
    factories.patrol(worker, cast.cells["east"][:1])
    with registry.temporarily("test.tasks", lambda users, since, until: {worker.user_id: 4}):
        assert load_of([worker.user_id], clock.now()) == {worker.user_id: 5}
        with pytest.raises(ValueError, match="already"):
            registry.register_load("test.tasks", lambda users, since, until: {})


def test_the_index_is_the_weighted_mean_of_shares() -> None:
    kinds = [Kind("a", "a", 1), Kind("b", "b", 3), Kind("none", "none", 1)]
    table = [{"a": 3.0, "b": 1.0, "none": 0.0}, {"a": 1.0, "b": 1.0, "none": 0.0}]
    assert index_of(kinds, table) == [pytest.approx(112.5), pytest.approx(87.5)]
    assert gini([1, 1, 1]) == pytest.approx(0)
    assert gini([0, 0, 9]) == pytest.approx(2 / 3)
    assert gini([]) == 0


def test_a_heavy_worker_may_give_a_cell_to_a_light_neighbour(cast: Cast) -> None:
    heavy = factories.worker(cast, "heavy", cells=(0, 1, 2))
    light = factories.worker(cast, "light", cells=(3,))
    report = load_report(factories.leader(cast), clock.today(), clock.today())
    assert [row.worker for row in report.rows] == [heavy, light]
    assert [round(row.index) for row in report.rows] == [150, 50]
    assert report.quotient == pytest.approx(3, rel=0.01)
    [one] = report.suggestions
    assert [cell in cast.cells["east"][:3] for cell in one.cells] == [True]
    assert (round(one.giver_after), round(one.taker_after)) == (100, 100)
    assert report.gini_after < 0.01 < report.gini
    assert one.taker.worker == light
    assert heavy.user.full_name in one.reason


def test_suggestions_name_all_cells_that_even_the_load(cast: Cast) -> None:
    heavy = factories.worker(cast, "heavy", cells=(0, 1, 2, 3))
    light = factories.worker(cast, "light", cells=())
    rows = [LoadRow(heavy, {}, 200, 4), LoadRow(light, {}, 0, 0)]
    assert suggest(rows, {heavy.pk: cast.cells["east"][:4]})[0] == [], "nothing to touch"
    rows = [LoadRow(heavy, {}, 240, 3), LoadRow(light, {}, 40, 1)]
    held = {heavy.pk: cast.cells["east"][:3], light.pk: cast.cells["east"][3:4]}
    [one], after = suggest(rows, held)
    assert len(set(one.cells)) == len(one.cells) >= 1
    assert after[heavy.pk] == 240 - 80 * len(one.cells)
