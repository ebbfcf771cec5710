"""Pages of readers, tags, passages, batches, passes and rules. Source: IO-13, IO-14."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.observing.models import LastFix
from apps.places.geometry import point
from apps.sensing.services import take_readings
from apps.tagging import services
from apps.tagging.linking import trails_of
from apps.tagging.map_layers import PLACES
from apps.tagging.models import Batch, ExitPass, PassageRule, Reader, Tag
from tests.cast import Cast
from tests.sensing.factories import device, told
from tests.tagging.factories import (
    EPC,
    OTHER_EPC,
    batch,
    gate,
    keeper,
    read,
    rule,
    tag,
    tagged,
    thing,
)


@pytest.fixture
def east(cast: Cast) -> User:
    return keeper(cast)


@pytest.fixture
def page(east: User, client: Client) -> Client:
    client.force_login(east)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"tagging:{name}", args=args)


def sheet(response: Any) -> list[tuple[Any, ...]]:
    content = b"".join(response.streaming_content)
    return list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))


LISTS = (
    "passage-list", "reader-list", "tag-list", "unknown-list", "batch-list", "pass-list",
    "rule-list",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_so(page: Client, name: str) -> None:
    answer = page.get(at(name))
    assert answer.status_code == 200
    assert 'class="nothing"' in answer.content.decode()


@pytest.mark.parametrize("name", [*LISTS, "tag-new", "reader-new", "passage-export"])
def test_pages_are_for_who_has_the_right(cast: Cast, client: Client, name: str) -> None:
    client.force_login(cast.handler)
    assert client.get(at(name)).status_code == 403


def test_the_neighbour_finds_nothing(cast: Cast, client: Client) -> None:
    made, asset = tagged(cast)
    reader, lot, checked = gate(), batch(cast), rule(cast, "exit")
    read(reader, clock.now())
    client.force_login(keeper(cast, "west", cast.west_works))
    for address in (
        at("tag-detail", made.pk), at("reader-detail", reader.pk), at("batch-trace", lot.pk),
        at("batch-shapes", lot.pk), at("batch-export", lot.pk), at("thing-trail", asset.pk),
        at("thing-shapes", asset.pk), at("thing-export", asset.pk), at("rule-edit", checked.pk),
        at("reader-edit", reader.pk), at("batch-edit", lot.pk),
    ):  # fmt: skip
        assert client.get(address).status_code == 404
    assert client.post(at("tag-deed", made.pk, "lose")).status_code == 404
    assert EPC not in client.get(at("passage-list")).content.decode()


def test_passages_are_narrowed_and_taken_along(cast: Cast, page: Client) -> None:
    _tag, asset = tagged(cast)
    tagged(cast, OTHER_EPC)
    reader, other, now = gate(), gate("GATE-2"), clock.now()
    read(reader, now - timedelta(minutes=30), antenna=2)
    read(other, now - timedelta(minutes=20), OTHER_EPC)
    for query, found in (
        ({}, [EPC, OTHER_EPC]), ({"q": EPC.lower()}, [EPC]), ({"q": asset.name}, [EPC]),
        ({"reader": other.pk}, [OTHER_EPC]), ({"direction": "out"}, [EPC]), ({"kind": "ble"}, []),
        ({"q": asset.code}, [EPC]), ({"until": "2026-01-01"}, []),
    ):  # fmt: skip
        shown = page.get(at("passage-list"), query).content.decode()
        assert [epc for epc in (EPC, OTHER_EPC) if f"<code>{epc}</code>" in shown] == found, query
    rows = sheet(page.get(at("passage-export"), {"direction": "out"}))
    assert len(rows) == 2
    assert EPC in rows[1]
    assert AuditEntry.objects.filter(action="passages.exported").exists()
    wrong = page.get(at("passage-list"), {"since": "2026-02-01", "until": "2026-01-01"})
    assert wrong.status_code == 422


def test_a_gate_counts_its_hours(cast: Cast, page: Client) -> None:
    tagged(cast)
    reader, now = gate(), clock.now()
    hour = (now - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    read(reader, hour + timedelta(minutes=1), antenna=1)
    read(reader, hour + timedelta(minutes=9), antenna=2)
    read(reader, hour + timedelta(minutes=61), antenna=2)
    answer = page.get(at("reader-detail", reader.pk))
    hours = answer.context["hours"]
    assert [(one.at, one.count, one.ins, one.outs) for one in hours] == [
        (hour, 2, 1, 1), (hour + timedelta(hours=1), 1, 0, 1),
    ]  # fmt: skip


def test_a_reader_is_registered_and_changed(cast: Cast, page: Client) -> None:
    device("GATE-7", profile="door")
    wrong = {"device": "NONE-1", "kind": "fixed", "antennas": "", "window_s": 60}
    assert "NONE-1" in page.post(at("reader-new"), wrong).content.decode()
    said = {"device": "GATE-7", "kind": "fixed", "antennas": "1 进\n2 出", "window_s": 30}
    page.post(at("reader-new"), said)
    reader = Reader.objects.get()
    assert (reader.antennas, reader.window_s) == ({"1": "in", "2": "out"}, 30)
    shown = page.get(at("reader-edit", reader.pk)).content.decode()
    assert "1 进" in shown
    page.post(at("reader-edit", reader.pk), {"kind": "ble", "antennas": "", "window_s": 60})
    reader.refresh_from_db()
    assert (reader.kind, reader.antennas, reader.window_s) == ("ble", {}, 0)
    bad = {"kind": "fixed", "antennas": "1 上", "window_s": 60}
    assert page.post(at("reader-edit", reader.pk), bad).status_code == 422


def test_a_tag_from_the_unknown_to_the_retired(cast: Cast, page: Client) -> None:
    read(gate(), clock.now() - timedelta(minutes=1))
    shown = page.get(at("unknown-list")).content.decode()
    assert f"?epc={EPC}" in shown
    assert EPC in page.get(at("tag-new"), {"epc": EPC}).content.decode()
    said = {"epc": EPC, "tid": "", "standard": "gb29768", "unit": cast.east_works.pk, "note": ""}
    page.post(at("tag-new"), said)
    made = Tag.objects.get()
    asset = thing(cast)
    neither = page.post(at("tag-bind", made.pk), {"asset": "", "batch": ""})
    assert neither.status_code == 422
    missing = page.post(at("tag-bind", made.pk), {"asset": "9999", "batch": ""})
    assert "9999" in missing.content.decode()
    page.post(at("tag-bind", made.pk), {"asset": asset.code, "batch": ""})
    bound = page.get(at("tag-detail", made.pk)).content.decode()
    assert asset.code in bound
    before = page.get(at("tag-detail", made.pk), {"at": "2020-01-01T08:00"})
    assert (before.context["at"] is not None, before.context["then"]) == (True, None)
    assert asset.code in page.get(at("tag-list"), {"q": asset.name}).content.decode()
    assert len(sheet(page.get(at("tag-export")))) == 2
    for deed, state in (
        ("lose", "lost"), ("find", "bound"), ("unbind", "free"), ("retire", "retired")
    ):  # fmt: skip
        page.post(at("tag-deed", made.pk, deed))
        made.refresh_from_db()
        assert made.state == state
    assert page.post(at("tag-deed", made.pk, "dance")).status_code == 404


def test_the_trail_of_a_thing(cast: Cast, page: Client) -> None:
    _tag, asset = tagged(cast)
    first, second, now = gate(), gate("GATE-2", at=(120.016, 36.016)), clock.now()
    read(first, now - timedelta(hours=2), antenna=2)
    read(second, now - timedelta(hours=1), antenna=1)
    answer = page.get(at("thing-trail", asset.pk))
    assert answer.context["count"] == 2
    assert "固定通道 · 设备 GATE-2" in answer.content.decode()
    shapes = page.get(at("thing-shapes", asset.pk)).json()["features"]
    assert [one["geometry"]["type"] for one in shapes] == ["Point", "LineString", "Point"]
    rows = sheet(page.get(at("thing-export", asset.pk)))
    assert len(rows) == 3


def test_a_tag_shows_in_the_track_of_a_receiver_with_its_source(cast: Cast, page: Client) -> None:
    """IO-13: a read at a gate is a place like one of its own receiver."""
    car = device("CAR-1", profile="gps", owner_unit=cast.east_works)
    made, now = tag(cast), clock.now()
    with clock.at(now - timedelta(days=1)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=car.asset)
    fix = told("CAR-1", now - timedelta(hours=2), lon=120.011, lat=36.011, speed=30)
    take_readings([fix], sender=car)
    read(gate(), now - timedelta(hours=1))
    answer = page.get(reverse("observing:track", args=[car.pk]))
    assert [one.source for one in answer.context["fixes"]] == ["固定通道 · 设备 GATE-1", ""]
    shapes = page.get(reverse("observing:track-shapes", args=[car.pk])).json()["features"]
    assert "GATE-1" in shapes[-1]["properties"]["label"]
    rows = sheet(page.get(reverse("observing:track-export", args=[car.pk])))
    assert [row[-1] for row in rows[1:]] == ["卫星定位", "固定通道 · 设备 GATE-1"]
    place = page.get(at("thing-trail", car.asset_id)).context["place"]
    assert place.source == "固定通道 · 设备 GATE-1"


def test_the_map_has_the_newest_place_only_once(cast: Cast, east: User) -> None:
    car = device("CAR-1", profile="gps", owner_unit=cast.east_works)
    made, now = tag(cast), clock.now()
    services.bind_tag(SYSTEM, tag_id=made.pk, thing=car.asset)
    with clock.at(now + timedelta(minutes=1)):
        read(gate(), now + timedelta(minutes=1))
    assert [row.asset_id for row in PLACES.rows(east)] == [car.asset_id]
    LastFix.objects.create(
        device=car, point=point(120.01, 36.01), at=now + timedelta(hours=1), speed_kmh=None
    )
    assert not PLACES.rows(east).exists()
    assert not PLACES.rows(cast.handler).exists()


def test_a_batch_is_written_and_traced(cast: Cast, page: Client) -> None:
    said = {
        "code": "LOT-9", "product": "冷鲜猪肉", "origin": "东区", "producer": "肉联厂",
        "unit": cast.east_works.pk, "gap_hours": 2, "made_on": "", "note": "",
    }  # fmt: skip
    page.post(at("batch-new"), said)
    lot = Batch.objects.get()
    assert page.post(at("batch-new"), said).status_code == 422
    page.post(at("batch-edit", lot.pk), said | {"product": "猪肉"})
    made, now = tag(cast), clock.now()
    with clock.at(now - timedelta(days=1)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=lot)
    first, second = gate(), gate("GATE-2", at=(120.016, 36.016))
    for reader, hours in ((first, 9), (second, 8), (first, 1)):
        read(reader, now - timedelta(hours=hours))
    shown = page.get(at("batch-trace", lot.pk))
    assert (shown.context["gaps"], len(shown.context["legs"])) == (1, 3)
    assert "断档" in shown.content.decode()
    shapes = page.get(at("batch-shapes", lot.pk)).json()["features"]
    assert [one["geometry"]["type"] for one in shapes].count("LineString") == 1
    assert [row[-1] for row in sheet(page.get(at("batch-export", lot.pk)))[1:]] == [
        None, None, "是",
    ]  # fmt: skip


def test_passes_and_rules_are_written(cast: Cast, page: Client) -> None:
    _tag, asset = tagged(cast)
    now = clock.now()
    span = {
        "since": f"{now:%Y-%m-%dT%H:%M}", "until": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    said = {"asset": asset.code, "reader": "", "reason": "送修"} | span
    assert page.post(at("pass-new"), said | {"asset": "none"}).status_code == 422
    assert page.post(at("pass-new"), said | {"reason": " "}).status_code == 422
    page.post(at("pass-new"), said)
    given = ExitPass.objects.get()
    assert "送修" in page.get(at("pass-list"), {"state": "open"}).content.decode()
    page.post(at("pass-end", given.pk))
    assert "送修" not in page.get(at("pass-list"), {"state": "open"}).content.decode()
    body = {
        "name": "三天未见", "kind": "unseen", "unit": cast.east_works.pk, "reader": "",
        "kind_of_thing": "", "after_minutes": 4320, "level": 2, "is_active": "on",
    }  # fmt: skip
    assert page.post(at("rule-new"), body | {"after_minutes": ""}).status_code == 422
    page.post(at("rule-new"), body)
    made = PassageRule.objects.get()
    page.post(at("rule-edit", made.pk), body | {"after_minutes": 1440})
    made.refresh_from_db()
    assert made.after_minutes == 1440
    assert "三天未见" in page.get(at("rule-list")).content.decode()


def test_the_device_and_the_register_lead_there(cast: Cast, page: Client) -> None:
    _tag, asset = tagged(cast)
    reader = gate()
    shown = page.get(reverse("sensing:device-detail", args=[reader.device_id])).content.decode()
    assert at("reader-detail", reader.pk) in shown
    links = trails_of(keeper(cast, "second"), [asset.code])
    assert links[asset.code][0][1] == at("thing-trail", asset.pk)
    assert trails_of(cast.handler, [asset.code]) == {}
