"""Tiles that are kept: for whom, how long, drawn how often."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Func, TextField, Value
from redis.exceptions import ConnectionError as RedisGone

from apps.accounts.models import Appointment
from apps.common import clock
from apps.gateway.models import ApiClient
from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.models import LayerCard
from apps.onemap.registry import Layer, LayerField, temporarily
from apps.onemap.services import redraw_layer
from apps.onemap.tiles import cache, drawing, serving
from apps.onemap.tiles.cache import Shelf
from apps.places.models import BaseMapFeature
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.onemap.tile_kit import address, ask, features, mark, over, signed_in
from tests.residents.factories import program

pytestmark = pytest.mark.django_db

AT = over(120.01, 36.01, 15)
STILL = Layer(
    code="still",
    label="不常变",
    group=LayerGroup.DATA,
    geometry=Geometry.MIXED,
    rows=lambda viewer: BaseMapFeature.objects.all(),
    geometry_field="geometry",
    fields=(LayerField("name", "名称", "name"),),
    version=lambda: "1",
)
SLOW = Layer(
    code="slow",
    label="很慢",
    group=LayerGroup.DATA,
    geometry=Geometry.MIXED,
    rows=lambda viewer: BaseMapFeature.objects.all(),
    geometry_field="geometry",
    version=lambda: "1",
    fields=(
        LayerField("wait", "等待", Func(Value(5.0), function="pg_sleep", output_field=TextField())),
    ),
)


@pytest.fixture(autouse=True)
def kept(settings: Any, live: str) -> Iterator[None]:
    settings.MAP_TILES_KEPT = True
    with temporarily(STILL, SLOW):
        yield


def test_who_has_the_tile_is_told_so_without_it(cast: Cast) -> None:
    mark(Point(120.01, 36.01))
    first = ask(cast.handler, "still", AT)
    assert first["Content-Encoding"] == "gzip"
    assert first["Cache-Control"] == "private, no-cache"
    tag = {"If-None-Match": first["ETag"]}
    again = ask(cast.handler, "still", AT, headers=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    plain = ask(cast.handler, "still", AT, headers={"Accept-Encoding": "identity"} | tag)
    assert plain.status_code == 200
    assert "Content-Encoding" not in plain
    assert plain["ETag"] != first["ETag"]


def test_a_kept_tile_is_shown_until_the_layer_is_drawn_anew(cast: Cast) -> None:
    mark(Point(120.01, 36.01))
    assert len(features(ask(cast.handler, "still", AT), "still")) == 1
    mark(Point(120.01, 36.01))
    assert len(features(ask(cast.handler, "still", AT), "still")) == 1
    redraw_layer("still")
    assert len(features(ask(cast.handler, "still", AT), "still")) == 2
    assert LayerCard.objects.get(code="still").version == 1


def test_a_tile_kept_for_one_unit_is_not_the_neighbours(cast: Cast) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    assert len(features(ask(cast.handler, "cases", at), "cases")) == 1
    assert len(features(ask(cast.colleague, "cases", at), "cases")) == 1
    assert features(ask(cast.handler_west, "cases", at), "cases") == []


def test_a_right_taken_away_and_a_session_ended_hold_at_once(cast: Cast) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    client = signed_in(cast.handler)
    assert client.get(address("cases", at)).status_code == 200
    for appointment in Appointment.objects.filter(user=cast.handler):
        appointment.suspended_at = clock.now()
        appointment.save()
    assert client.get(address("cases", at)).status_code == 204
    client.logout()
    assert client.get(address("cases", at)).status_code == 404


def test_the_tiles_after_the_first_ask_no_more_who_it_is(
    cast: Cast, settings: Any, remember_from_now: Any, django_assert_num_queries: Any
) -> None:
    settings.MAP_TILES_KEPT = False
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    client, stranger = signed_in(cast.handler), signed_in(cast.handler_west)
    remember_from_now()
    first = client.get(address("cases", at))
    with django_assert_num_queries(1):
        second = client.get(address("cases", at))
    assert (second.status_code, second.content) == (200, first.content)
    for header in ("ETag", "Cache-Control", "Content-Encoding", "X-Content-Type-Options"):
        assert second[header] == first[header]
    assert {part.strip() for part in second["Vary"].split(",")} >= {"Accept-Encoding", "Cookie"}
    assert stranger.get(address("cases", at)).status_code == 204
    assert client.get(address("no-such-layer", at)).status_code == 404
    client.logout()
    assert client.get(address("cases", at)).status_code == 404


def test_a_session_another_ended_draws_no_more(cast: Cast, remember_from_now: Any) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    client = signed_in(cast.handler)
    remember_from_now()
    assert client.get(address("cases", at)).status_code == 200
    Session.objects.filter(session_key=client.session.session_key).delete()
    assert client.get(address("cases", at)).status_code == 404


@pytest.mark.usefixtures("time_held")
def test_a_person_draws_so_many_tiles_a_minute_and_is_shown_kept_ones_after(
    cast: Cast, settings: Any
) -> None:
    settings.MAP_TILES_PER_MINUTE = 1
    assert ask(cast.handler, "still", AT).status_code == 204
    refused = ask(cast.handler, "still", over(120.05, 36.01, 15))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused["Retry-After"]) >= 1
    assert ask(cast.handler, "still", AT).status_code == 204


def test_a_tile_too_heavy_is_given_up_and_nobody_asks_again_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "LIMIT_MS", 80)
    mark(Point(120.01, 36.01))
    refused = ask(cast.handler, "slow", AT)
    assert (refused.status_code, refused.json()["code"]) == (503, "tile_timeout")
    monkeypatch.delattr(serving, "draw")  # is not reached again
    assert ask(cast.handler, "slow", AT).status_code == 503
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_tile_fifty_ask_for_is_drawn_once() -> None:
    shelf = Shelf("tried", places=8, most_bytes=100, wait_s=5)
    made: list[int] = []
    got: list[bytes] = []

    def make() -> tuple[bytes, int]:
        made.append(1)
        time.sleep(0.1)
        return b"tile", 60

    threads = [
        threading.Thread(target=lambda: got.append(shelf.kept_or("a", make))) for _n in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), got) == (1, [b"tile"] * 50)


def test_the_room_is_bounded_and_what_fails_is_not_kept() -> None:
    shelf = Shelf("tried", places=1, most_bytes=5, wait_s=1)
    assert shelf.kept_or("a", lambda: (b"one", 60)) == b"one"
    assert shelf.kept_or("b", lambda: (b"two", 60)) == b"two"
    assert shelf.kept_or("a", lambda: (b"new", 60)) == b"new"
    assert shelf.kept_or("c", lambda: (b"too big", 60)) == b"too big"
    assert shelf.kept_or("c", lambda: (b"again", 60)) == b"again"

    def fail() -> tuple[bytes, int]:
        raise ValueError("not drawn")

    with pytest.raises(ValueError, match="not drawn"):
        shelf.kept_or("d", fail)
    assert shelf.kept_or("d", lambda: (b"well", 60)) == b"well"


def test_without_redis_tiles_are_drawn(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_name: str) -> None:
        raise RedisGone

    mark(Point(120.01, 36.01))
    monkeypatch.setattr(cache, "get_redis_connection", gone)
    assert len(features(ask(cast.handler, "still", AT), "still")) == 1


def test_a_client_reads_tiles_with_the_scope_and_by_its_accounts_rights(cast: Cast) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    given = program(cast.tenant, cast.handler, scopes=["map.tiles"])
    path = address("cases", at).replace("/map/", "/api/v1/map/")
    headers = {
        "Authorization": given.key,
        "Accept": "application/vnd.mapbox-vector-tile",
        "Accept-Encoding": "gzip",
    }

    def call(where: str = path) -> Any:
        return signed_in(None).get(where, headers=headers)

    assert [f["id"] for f in features(call(), "cases")] == [case.pk]
    told = call("/api/v1/map/tiles/cases.json").json()
    assert "/api/v1/map/tiles/cases/{z}/{x}/{y}.mvt?v=" in told["tiles"][0]
    assert call(path.replace("cases", "no-such")).status_code == 404
    ApiClient.objects.update(scopes=["cases.report"])
    refused = call()
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert signed_in(None).get(path).status_code == 401
