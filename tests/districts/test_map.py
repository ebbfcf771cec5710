"""The mirror on the map, and who sees it. Source: IO-11, GE-02."""

from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.common.errors import NotFound
from apps.districts.map_layers import ALARMS, CASES, DEVICES
from apps.districts.models import Peer
from apps.districts.services import take_batch
from apps.districts.shapes import GONE
from apps.onemap.registry import Layer
from apps.onemap.selectors import list_layers, open_layer
from tests.cast import Cast
from tests.districts.factories import alarm_row, keeper, peer
from tests.onemap.tile_kit import ask, features, over

pytestmark = pytest.mark.django_db

CODES = {"district-devices", "district-alarms", "district-cases"}
LAYERS = {"devices": DEVICES, "alarms": ALARMS, "cases": CASES}
LON, LAT = Cast.inside_east()
BOX = f"{LON - 0.01},{LAT - 0.01},{LON + 0.01},{LAT + 0.01}"


@pytest.fixture
def manager(cast: Cast, live: str) -> User:
    return keeper(cast)


def rows_of(cast: Cast) -> dict[str, dict[str, Any]]:
    """Will give a row of each class, in the east."""
    place = {"area": cast.east.code, "lon": LON, "lat": LAT, "version": 1}
    return {
        "devices": place | {
            "origin": "AQ-1", "code": "9901010101000001", "name": "空气站", "profile": "air",
            "profile_name": "空气", "state": "fault", "is_active": True,
        },
        "alarms": alarm_row(cast),
        "cases": place | {
            "origin": "20261122000001", "number": "20261122000001", "matter": "hotline.demand",
            "matter_name": "民生诉求", "class_code": "road.lamp", "class_label": "路灯",
            "category": "running", "title": "张某家路灯不亮", "text": "", "address": "",
            "opened_at": "2026-11-22T08:00:00+08:00", "accepted_at": None, "due_at": None,
            "closed_at": None,
        },
    }  # fmt: skip


@pytest.fixture
def east(cast: Cast, manager: User) -> Peer:
    found = peer(cast, manager)
    for kind, row in rows_of(cast).items():
        assert take_batch(found, kind=kind, rows=[row])["accepted"] == 1
    return found


def drawn(viewer: User, layer: Layer) -> list[dict[str, Any]]:
    browser = Client()
    browser.force_login(viewer)
    answer = browser.get(f"/map/features/{layer.code}.json", {"bbox": BOX})
    return answer.json()["features"] if answer.status_code == 200 else []


@pytest.mark.parametrize(
    ("kind", "by", "value", "title"),
    [
        ("devices", "state", "fault", "空气站"),
        ("alarms", "level", "3", "水位过高"),
        ("cases", "category", "running", "20261122000001"),
    ],
)
def test_the_mirror_is_drawn_for_who_keeps_the_districts(
    manager: User, east: Peer, kind: str, by: str, value: str, title: str
) -> None:
    layer = LAYERS[kind]
    [feature] = drawn(manager, layer)
    assert feature["geometry"]["coordinates"] == pytest.approx([LON, LAT])
    said = feature["properties"]
    assert (said["title"], said["url"]) == (title, f"/districts/peers/{east.pk}/")
    assert str(said["by"]) == value
    assert (layer.look.by, value in layer.look.colors) == (by, True)


def test_a_click_and_the_table_tell_what_the_district_said(manager: User, east: Peer) -> None:
    browser = Client()
    browser.force_login(manager)
    query = {"lon": LON, "lat": LAT, "zoom": 17, "layers": ",".join(sorted(CODES))}
    found = browser.get("/map/identify/", query).json()["features"]
    assert {each["url"] for each in found} == {f"/districts/peers/{east.pk}/"}
    assert len(found) == len(CODES)
    assert ["来源区", east.name] in found[0]["values"]
    assert "张某" not in str(found)
    for layer, word in ((DEVICES, "空气站"), (ALARMS, "水位3.6米"), (CASES, "路灯")):
        page = browser.get("/map/table/", {"layer": layer.code, "bbox": BOX}).content.decode()
        assert word in page


def test_a_tile_holds_the_state_and_no_words(manager: User, east: Peer) -> None:
    [feature] = features(ask(manager, DEVICES.code, over(LON, LAT, 15)), DEVICES.code)
    told = feature["properties"]
    assert (told["state"], told["node"], told["district"]) == ("fault", "AQ-1", east.name)
    assert "name" not in told


def test_who_may_not_see_the_page_sees_no_layer(cast: Cast, manager: User, east: Peer) -> None:
    assert {opened.code for opened in list_layers(manager)} >= CODES
    assert not {opened.code for opened in list_layers(cast.supervisor)} & CODES
    for code in CODES:
        for stranger in (cast.supervisor, AnonymousUser()):
            with pytest.raises(NotFound):
                open_layer(stranger, code)
    for layer in LAYERS.values():
        assert not layer.rows(cast.supervisor).exists()
        assert not layer.rows(AnonymousUser()).exists()
        assert drawn(cast.supervisor, layer) == []


def test_the_districts_of_a_neighbour_are_not_drawn(manager: User, east: Peer) -> None:
    assert all(layer.rows(manager).count() == 1 for layer in LAYERS.values())
    Peer.objects.update(tenant=Tenant.objects.create(code="other", name="邻市"))
    assert not any(layer.rows(manager).exists() for layer in LAYERS.values())


def test_what_is_gone_is_not_drawn(cast: Cast, manager: User, east: Peer) -> None:
    for kind, row in rows_of(cast).items():
        take_batch(east, kind=kind, rows=[{"origin": row["origin"], "version": 2, **GONE}])
    assert not any(layer.rows(manager).exists() for layer in LAYERS.values())
    assert drawn(manager, DEVICES) == []


def test_what_is_over_or_has_no_place_is_not_drawn(cast: Cast, manager: User, east: Peer) -> None:
    later = {"version": 2}
    rows = rows_of(cast)
    changes = {
        "devices": later | {"lon": None, "lat": None},
        "alarms": later | {"ended_at": "2026-11-22T09:00:00+08:00"},
        "cases": later | {"category": "ended", "closed_at": "2026-11-22T09:00:00+08:00"},
    }
    for kind, row in rows.items():
        assert take_batch(east, kind=kind, rows=[row | changes[kind]])["accepted"] == 1
    assert not any(layer.rows(manager).exists() for layer in LAYERS.values())


def test_rows_taken_in_before_get_their_place_from_what_they_said(
    cast: Cast, manager: User, east: Peer
) -> None:
    bare = alarm_row(cast, "A-2", lon=None, lat=None)
    assert take_batch(east, kind="alarms", rows=[bare])["accepted"] == 1
    migration = import_module("apps.districts.migrations.0002_gone_rows_and_points")
    for layer, name in ((DEVICES, "device"), (ALARMS, "alarm"), (CASES, "case")):
        layer.rows(manager).update(point=None)
        assert not layer.rows(manager).exists()
        with connection.cursor() as cursor:
            cursor.execute(migration.PLACES.format(name))
        [there] = layer.rows(manager)
        assert there.point.coords == pytest.approx((LON, LAT))
        assert there.point.srid == 4326
