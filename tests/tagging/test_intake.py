"""Reads taken in: once, in any order, of whom, how many. Source: IO-14, IO-20, IO-15."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.services import issue_client
from apps.mqtt.registry import Message, device_topic, pattern_of
from apps.sensing.models import IntakeRefusal, Presence
from apps.sensing.services import rotate_key, set_device_active
from apps.tagging import arriving, services
from apps.tagging.models import LastPlace, Passage, TagRead, UnknownTag
from apps.tagging.services import TagSpec, intake, take_reads
from tests.cast import Cast
from tests.tagging.factories import (
    EPC,
    OTHER_EPC,
    gate,
    keeper,
    read,
    said,
    tag,
    tagged,
)

URL = "/api/v1/tagging/reads/"


def push(key: str, *reads: Any) -> Any:
    body = json.dumps({"reads": list(reads)})
    return Client().post(URL, body, content_type="application/json", headers={"Authorization": key})


def shown() -> list[tuple[Any, ...]]:
    names = ("first_at", "last_at", "count", "best_rssi", "direction")
    return list(Passage.objects.order_by("first_at").values_list(*names))


def test_reads_within_the_window_are_one_passage(cast: Cast) -> None:
    _tag, asset = tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=1)
    for second, rssi in ((0, -60.0), (20, -41.5), (70, -66.0)):
        assert read(reader, at + timedelta(seconds=second), antenna=2, rssi=rssi) == "stored"
    passage = Passage.objects.get()
    assert (passage.count, passage.best_rssi, passage.direction) == (3, -41.5, "out")
    assert (passage.last_at - passage.first_at, passage.asset_id) == (
        timedelta(seconds=70), asset.pk,
    )  # fmt: skip
    read(reader, at + timedelta(seconds=131), antenna=1)
    assert Passage.objects.count() == 2


def test_the_same_read_twice_is_once(cast: Cast) -> None:
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(minutes=5)
    twice = take_reads([said(at), said(at), said(at, antenna=2)], sender=reader.device)
    assert twice.states == ["stored", "duplicate", "stored"]
    assert read(reader, at) == "duplicate"
    assert Passage.objects.get().count == 2
    assert TagRead.objects.count() == 2


@pytest.mark.parametrize("seed", range(4))
def test_any_order_gives_the_same_passages(cast: Cast, seed: int) -> None:
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=3)
    seconds = [0, 30, 55, 110, 300, 330, 389, 500, 561]
    reads = [said(at + timedelta(seconds=s), antenna=s % 3, rssi=-40.0 - s % 7) for s in seconds]
    take_reads(reads, sender=reader.device)
    at_once = shown()
    Passage.objects.all().delete()
    TagRead.objects.all().delete()
    random.Random(seed).shuffle(reads)
    for item in reads:
        take_reads([item], sender=reader.device)
    assert shown() == at_once
    assert len(at_once) == 4


def test_a_late_read_joins_two_passages(cast: Cast) -> None:
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=1)
    read(reader, at)
    read(reader, at + timedelta(seconds=110))
    assert Passage.objects.count() == 2
    read(reader, at + timedelta(seconds=55))
    assert Passage.objects.get().count == 3


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ({"epc": "XYZ"}, "not_a_value", "epc"),
        ({"epc": "E280116"}, "not_a_value", "epc"),
        ({"epc": "A" * 128}, "not_a_value", "epc"),
        ({"epc": 7}, "not_a_value", "epc"),
        ({}, "not_a_value", "epc"),
        ({"epc": EPC, "at": "yesterday"}, "shape", "at"),
        ({"epc": EPC, "at": "2026-11-22T08:00:00"}, "shape", "at"),
        ({"epc": EPC, "antenna": -1}, "not_a_value", "antenna"),
        ({"epc": EPC, "antenna": True}, "not_a_value", "antenna"),
        ({"epc": EPC, "rssi": "loud"}, "not_a_value", "rssi"),
        ({"epc": EPC, "node": "GATE-2"}, "other_node", "node"),
        ("EPC", "shape", ""),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, item: Any, code: str, field: str) -> None:
    tagged(cast)
    gate("GATE-2")
    answer = take_reads([item, said(clock.now())], sender=gate().device)
    assert answer.states == ["refused", "stored"]
    assert answer.wrong == [(0, code, field)]
    assert IntakeRefusal.objects.get().reason == code


@pytest.mark.parametrize(("days", "code"), [(730, "ahead"), (-730, "too_old"), (-8, "too_old")])
def test_a_clock_far_off_is_refused(cast: Cast, days: int, code: str) -> None:
    tagged(cast)
    at = clock.now() + timedelta(days=days)
    answer = take_reads([said(at)], sender=gate().device)
    assert (answer.states, [one[1] for one in answer.wrong]) == (["refused"], [code])
    assert not TagRead.objects.exists()


def test_unknown_tags_are_counted_and_folded_once_registered(cast: Cast) -> None:
    reader, at = gate(), clock.now() - timedelta(hours=2)
    for second in (0, 10, 10, 600):
        assert read(reader, at + timedelta(seconds=second)) == "unknown"
    unknown = UnknownTag.objects.get()
    assert (unknown.epc, unknown.count, unknown.first_at) == (EPC, 3, at)
    assert not Passage.objects.exists()
    tag(cast)
    assert [row[2] for row in shown()] == [2, 1]
    assert not UnknownTag.objects.exists()
    assert read(reader, at) == "duplicate"


def test_unknown_tags_past_the_bound_are_counted_together(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_UNKNOWN", 2)
    reader, at = gate(), clock.now()
    for number in range(5):
        read(reader, at, f"{number:08X}")
    assert sorted(UnknownTag.objects.values_list("epc", "count")) == [
        ("", 3), ("00000000", 1), ("00000001", 1),
    ]  # fmt: skip
    assert TagRead.objects.count() == 2


def test_a_flood_is_bounded_for_one_reader_only(cast: Cast, settings: Any) -> None:
    settings.TAG_READS_PER_MINUTE = 5
    tagged(cast)
    reader, other, at = gate(), gate("GATE-2"), clock.now() - timedelta(minutes=1)
    items = [said(at + timedelta(milliseconds=n)) for n in range(4)]
    assert take_reads(items, sender=reader.device).counts["stored"] == 4
    more = [said(at + timedelta(seconds=1, milliseconds=n)) for n in range(4)]
    answer = take_reads(more, sender=reader.device)
    assert answer.states == ["stored", "refused", "refused", "refused"]
    assert {one[1] for one in answer.wrong} == {"flood"}
    assert IntakeRefusal.objects.get(reason="flood").count == 3
    assert read(other, at) == "stored"
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert read(reader, at + timedelta(seconds=2)) == "stored"


def test_positioning_hears_strangers_and_keeps_nothing_of_them(cast: Cast) -> None:
    """IO-15: identifiers of people's telephones are not collected."""
    _tag, asset = tagged(cast, "A0B1C2D3E4F5")
    reader, at = gate("BLE-1", kind="ble"), clock.now() - timedelta(minutes=3)
    place = {"lon": 120.013, "lat": 36.014}
    items = [
        said(at, "a0:b1:c2:d3:e4:f5", **place),
        said(at, "02:00:00:44:55:66", **place),
        said(at, "A0B1C2D3E4F5"),
    ]
    answer = take_reads(items, sender=reader.device)
    assert answer.states == ["stored", "ignored", "refused"]
    assert not UnknownTag.objects.exists()
    assert TagRead.objects.get().epc == "A0B1C2D3E4F5"
    last = LastPlace.objects.get()
    assert (last.asset_id, last.reader_id, round(last.point.x, 3)) == (asset.pk, reader.pk, 120.013)


def test_a_handheld_reader_tells_the_place_or_none(cast: Cast) -> None:
    tagged(cast)
    reader, at = gate("HAND-1", kind="handheld"), clock.now() - timedelta(minutes=9)
    assert read(reader, at) == "stored"
    assert read(reader, at + timedelta(seconds=5), lon=120.014, lat=36.011) == "stored"
    places = [one.point and one.point.x for one in Passage.objects.order_by("first_at")]
    assert places == [None, 120.014]


def test_the_last_place_only_moves_forward(cast: Cast) -> None:
    tagged(cast)
    first, second = gate(), gate("GATE-2", at=(120.015, 36.015))
    at = clock.now() - timedelta(hours=1)
    read(second, at)
    read(first, at - timedelta(minutes=30))
    assert LastPlace.objects.get().reader_id == second.pk


def test_http_answers_each_read_and_knows_a_beating_heart(cast: Cast) -> None:
    tagged(cast)
    reader = gate()
    key = "Device-Key " + rotate_key(SYSTEM, device_id=reader.device_id)
    at = clock.now() - timedelta(seconds=5)
    answer = push(key, said(at, rssi=-50), said(at, OTHER_EPC), {"epc": "?"})
    assert answer.status_code == 200
    assert answer.json()["results"] == ["stored", "unknown", "refused"]
    assert answer.json()["refused"][0]["field"] == "epc"
    assert push(key, {"epc": "?"}).status_code == 422
    Presence.objects.filter(device=reader.device).update(seen_at=None)
    assert push(key).status_code == 200
    assert Presence.objects.get(device=reader.device).seen_at is not None
    too_many = Client().post(
        URL, json.dumps({"reads": [1] * (services.MOST_READS + 1)}),
        content_type="application/json", headers={"Authorization": key},
    )  # fmt: skip
    assert too_many.status_code == 413
    assert push("Device-Key x.y", said(at)).status_code == 401


def test_a_program_speaks_of_readers_in_its_reach(cast: Cast) -> None:
    tagged(cast)
    gate()
    gate("GATE-W", at=Cast.inside_west(), owner_unit=cast.west_works)
    _client, key = issue_client(
        SYSTEM, name="平台", tenant=cast.tenant, service_user=keeper(cast),
        scopes=("tagging.send",),
    )  # fmt: skip
    at = clock.now() - timedelta(seconds=5)
    own, next_door = said(at, node="GATE-1"), said(at, node="GATE-W")
    answer = push(f"Api-Key {key}", own, next_door, said(at)).json()
    assert answer["results"] == ["stored", "refused", "refused"]
    assert answer["refused"][0]["code"] == "unknown_node"
    _client, without = issue_client(
        SYSTEM, name="无权", tenant=cast.tenant, service_user=cast.handler, scopes=()
    )
    assert push(f"Api-Key {without}", own).status_code == 403


def test_a_stopped_reader_is_not_taken(cast: Cast) -> None:
    tagged(cast)
    reader = gate()
    set_device_active(SYSTEM, device_id=reader.device_id, is_active=False)
    answer = take_reads([said(clock.now())], sender=reader.device)
    assert answer.wrong == [(0, "stopped", "node")]


def test_mqtt_brings_the_same(cast: Cast) -> None:
    tagged(cast)
    gate()
    silent = gate("GATE-2")
    at = clock.now() - timedelta(seconds=30)

    def message(node: str, body: Any) -> Message:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Message(node, device_topic(node, "tags"), payload, clock.now())

    assert pattern_of(device_topic("GATE-1", "tags")) == ("devices/+/tags", "GATE-1")
    sent = [
        message("GATE-1", said(at)),
        message("GATE-1", {"reads": [said(at), said(at, antenna=1)]}),
        message("GATE-1", b"\xff"),
        message("GATE-1", said(at, node="GATE-2")),
        message("GATE-2", []),
        message("GATE-1", {"epc": EPC, "antenna": 5}),
    ]
    arriving.take_messages(sent)
    arriving.take_messages(sent[:2])
    assert TagRead.objects.count() == 3
    assert Passage.objects.get().count == 3
    refusals = IntakeRefusal.objects.values_list("reason", "count")
    assert sorted(refusals) == [("other_node", 1), ("shape", 1)]
    assert Presence.objects.get(device=silent.device).seen_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_intakes_at_once_fold_as_one(cast: Cast) -> None:
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(hours=1)
    items = [said(at + timedelta(seconds=s)) for s in range(0, 600, 20)]

    def send(part: list[Any]) -> int:
        try:
            return take_reads(part, sender=reader.device).counts["stored"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(send, [items[::2], items[1::2], items, items[::-1]]))
    assert sum(stored) == len(items)
    assert Passage.objects.get().count == len(items)


@pytest.mark.django_db(transaction=True)
def test_a_tag_registered_while_it_is_read_loses_no_read(cast: Cast) -> None:
    reader, at = gate(), clock.now() - timedelta(hours=1)

    def send(second: int) -> None:
        try:
            read(reader, at + timedelta(seconds=second))
        finally:
            connection.close()

    def register() -> None:
        try:
            services.register_tag(SYSTEM, spec=TagSpec(EPC, cast.east_works))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(send, n) for n in range(10)]
        jobs.insert(5, pool.submit(register))
        jobs += [pool.submit(send, n) for n in range(10, 20)]
        for job in jobs:
            job.result()
    assert Passage.objects.get().count == 20
    assert not UnknownTag.objects.exists()


def test_old_reads_and_strangers_are_forgotten_passages_are_not(cast: Cast) -> None:
    tagged(cast)
    reader, at = gate(), clock.now() - timedelta(minutes=1)
    read(reader, at)
    read(reader, at, OTHER_EPC)
    assert services.purge() == 0
    with clock.at(clock.now() + timedelta(days=9)):
        assert services.purge() == 2
        assert read(reader, at) == "refused"
    with clock.at(clock.now() + timedelta(days=91)):
        assert services.purge() == 1
    assert Passage.objects.count() == 1
