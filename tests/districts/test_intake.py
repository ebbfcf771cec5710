"""What the city takes, row by row, and what it refuses. Source: IO-11."""

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.common import clock
from apps.districts.models import DayCount, MirrorAlarm, MirrorCase, MirrorDevice, Peer, RowRefusal
from apps.districts.services import take_batch
from apps.districts.shapes import MOST_ROWS
from tests.cast import Cast
from tests.districts.factories import SECRET, alarm_row, client, keeper, peer

URL = "/api/v1/districts/intake"


@pytest.fixture
def manager(cast: Cast, live: str) -> User:
    return keeper(cast)


@pytest.fixture
def east(cast: Cast, manager: User) -> Peer:
    return peer(cast, manager)


def push(body: Any, *, kind: str = "alarms", prefix: str = "east000001", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(
        f"{URL}/{kind}/",
        content,
        content_type="application/json",
        headers={"Authorization": f"Api-Key {prefix}.{SECRET}", **headers},
    )


def test_rows_are_kept_known_and_refused_each_for_itself(cast: Cast, east: Peer) -> None:
    rows = [
        alarm_row(cast, "A-1"),
        alarm_row(cast, "A-2", area=cast.cells["west"][0].code),
        alarm_row(cast, "A-3", level=9),
    ]
    told = push({"rows": rows}).json()
    assert (told["accepted"], told["unchanged"], told["refused"]) == (1, 0, 2)
    assert [(each["verdict"], each["field"]) for each in told["results"]] == [
        ("accepted", ""),
        ("refused", "area"),
        ("refused", "level"),
    ]
    kept = MirrorAlarm.objects.get()
    assert (kept.origin, kept.area, kept.level) == ("A-1", cast.cells["east"][0], 3)
    assert push({"rows": rows[:1]}).json()["unchanged"] == 1
    counted = DayCount.objects.get()
    assert (counted.accepted, counted.unchanged, counted.refused) == (1, 1, 2)
    assert set(RowRefusal.objects.values_list("origin", "field")) == {
        ("A-2", "area"),
        ("A-3", "level"),
    }
    east.refresh_from_db()
    assert east.heard_at is not None


def test_what_comes_late_never_replaces_what_is_newer(cast: Cast, east: Peer) -> None:
    ended = {"ended_at": "2026-11-22T09:00:00+08:00"}
    assert push({"rows": [alarm_row(cast, version=5, **ended)]}).json()["accepted"] == 1
    assert push({"rows": [alarm_row(cast, version=4)]}).json()["unchanged"] == 1
    assert MirrorAlarm.objects.get().ended_at is not None
    assert push({"rows": [alarm_row(cast, version=6)]}).json()["accepted"] == 1
    assert MirrorAlarm.objects.get().ended_at is None
    both = [alarm_row(cast, version=8, level=1), alarm_row(cast, version=7, level=2)]
    told = push({"rows": both}).json()
    assert [each["verdict"] for each in told["results"]] == ["accepted", "unchanged"]
    assert MirrorAlarm.objects.get().level == 1


def test_the_same_batch_gets_the_first_answer_again(cast: Cast, east: Peer) -> None:
    body = {"rows": [alarm_row(cast)]}
    first = push(body, **{"Idempotency-Key": "batch-0001"})
    again = push(body, **{"Idempotency-Key": "batch-0001"})
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert DayCount.objects.get().accepted == 1
    other = push({"rows": [alarm_row(cast, "B")]}, **{"Idempotency-Key": "batch-0001"})
    assert other.status_code == 409


def test_a_point_beyond_the_border_is_refused(cast: Cast, east: Peer) -> None:
    lon, lat = Cast.inside_west()
    told = push({"rows": [alarm_row(cast, lon=lon, lat=lat)]}).json()
    assert [(each["verdict"], each["field"]) for each in told["results"]] == [("refused", "lon")]
    assert not MirrorAlarm.objects.exists()


def test_the_neighbour_keeps_its_own_rows_under_the_same_number(
    cast: Cast, manager: User, east: Peer
) -> None:
    west = peer(cast, manager, area=cast.west, prefix="west000001")
    push({"rows": [alarm_row(cast)]})
    refused = push({"rows": [alarm_row(cast, version=9)]}, prefix="west000001").json()
    assert refused["refused"] == 1
    lon, lat = Cast.inside_west()
    there = alarm_row(cast, area=cast.cells["west"][0].code, lon=lon, lat=lat, level=1)
    assert push({"rows": [there]}, prefix="west000001").json()["accepted"] == 1
    assert MirrorAlarm.objects.get(peer=east).level == 3
    assert MirrorAlarm.objects.get(peer=west).level == 1


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("alarms", {"origin": 7}, "origin"),
        ("alarms", {"origin": ""}, "origin"),
        ("alarms", {"origin": "a\x00b"}, "origin"),
        ("alarms", {"version": "1"}, "version"),
        ("alarms", {"version": True}, "version"),
        ("alarms", {"version": 2**63}, "version"),
        ("alarms", {"raised_at": "2026-11-22 08:00"}, "raised_at"),
        ("alarms", {"raised_at": "2026-13-45T99:00:00Z"}, "raised_at"),
        ("alarms", {"lat": None}, "lat"),
        ("alarms", {"lon": "120"}, "lon"),
        ("alarms", {"title": "长" * 121}, "title"),
        ("alarms", {"secret": 1}, "secret"),
        ("alarms", {"area": ["x"]}, "area"),
        ("alarms", {"area": "a\x00"}, "area"),
    ],
)
def test_a_wrong_row_names_its_field(
    cast: Cast, east: Peer, kind: str, changes: dict[str, Any], field: str
) -> None:
    told = push({"rows": [alarm_row(cast) | changes]}, kind=kind).json()
    assert [each["field"] for each in told["results"]] == [field]
    assert told["results"][0]["reason"]


def test_figures_that_are_no_numbers_are_refused(cast: Cast, east: Peer) -> None:
    row = {
        "origin": "AQ-1/pm25/2026112208", "version": 1, "area": cast.east.code,
        "device": "AQ-1", "field": "pm25", "name": "PM2.5", "unit": "μg/m³",
        "hour": "2026-11-22T08:00:00+08:00", "count": 12, "suspects": 0,
        "low": 10.0, "high": 30.5, "mean": 20.0,
    }  # fmt: skip
    assert push({"rows": [row]}, kind="readings").json()["accepted"] == 1
    huge = json.dumps({"rows": [row | {"version": 2}]}).replace("30.5", "1e999").encode()
    answer = push(huge, kind="readings")
    assert answer.status_code == 400 or answer.json()["results"][0]["field"] == "high"


@pytest.mark.parametrize(
    "body", [{"rows": "x"}, {"rows": []}, {"rows": {}}, {}, [], "text", 5, None]
)
def test_what_holds_no_rows_is_told_so(cast: Cast, east: Peer, body: Any) -> None:
    answer = push(body)
    assert answer.status_code == 400
    assert "rows" in answer.content.decode()


def test_too_much_is_bounded(cast: Cast, east: Peer) -> None:
    many = push({"rows": [{}] * (MOST_ROWS + 1)})
    assert many.status_code == 400
    assert many.json()["code"] == "too_many_rows"
    million = push(b'{"rows":[' + b"1," * 1_000_000 + b"1]}")
    assert million.status_code in {400, 413}
    ten_megabytes = push(b'{"rows":["' + b"x" * 10 * 1024 * 1024 + b'"]}')
    assert ten_megabytes.status_code == 413
    deep = push(b'{"rows":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert deep.status_code == 400
    assert not DayCount.objects.exists()


def test_who_is_no_district_is_shut_out(cast: Cast, manager: User, east: Peer) -> None:
    client(cast, "other00001")
    strange = push({"rows": [alarm_row(cast)]}, prefix="other00001")
    assert (strange.status_code, strange.json()["code"]) == (403, "not_a_peer")
    client(cast, "poor000001", scopes=["districts.back"])
    poor = push({"rows": [alarm_row(cast)]}, prefix="poor000001")
    assert (poor.status_code, poor.json()["code"]) == (403, "scope_missing")
    Peer.objects.update(is_active=False)
    assert push({"rows": [alarm_row(cast)]}).status_code == 403
    person = Client()
    person.force_login(manager)
    by_hand = person.post(f"{URL}/alarms/", {"rows": []}, content_type="application/json")
    assert by_hand.status_code == 403
    assert push({"rows": [alarm_row(cast)]}, kind="people").status_code == 404
    assert not MirrorAlarm.objects.exists()


def test_devices_and_cases_have_their_places(cast: Cast, east: Peer) -> None:
    lon, lat = Cast.inside_east()
    place = {"area": cast.east.code, "lon": lon, "lat": lat}
    device = place | {
        "origin": "AQ-1", "version": 1, "code": "9901010101000001", "name": "空气站",
        "profile": "air", "profile_name": "空气", "state": "online", "is_active": True,
    }  # fmt: skip
    case = place | {
        "origin": "20261122000001", "version": 1, "number": "20261122000001",
        "matter": "hotline.demand", "matter_name": "民生诉求", "class_code": "road.lamp",
        "class_label": "路灯", "category": "running", "title": "路灯不亮",
        "text": "", "address": "",
        "opened_at": "2026-11-22T08:00:00+08:00", "accepted_at": None, "due_at": None,
        "closed_at": None,
    }  # fmt: skip
    assert push({"rows": [device]}, kind="devices").json()["accepted"] == 1
    assert push({"rows": [case]}, kind="cases").json()["accepted"] == 1
    wrong = push({"rows": [case | {"version": 2, "category": "x"}]}, kind="cases").json()
    assert wrong["results"][0]["field"] == "category"
    assert MirrorDevice.objects.get().state == "online"
    assert MirrorCase.objects.get().category == "running"


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_lose_nothing(cast: Cast, east: Peer) -> None:
    start = threading.Barrier(2)
    told: list[dict[str, Any]] = []

    def send(version: int) -> None:
        start.wait()
        rows = [alarm_row(cast, f"A-{n}", version, level=version) for n in range(40)]
        told.append(take_batch(east, kind="alarms", rows=rows))
        connection.close()

    workers = [threading.Thread(target=send, args=(version,)) for version in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(told) == 2
    assert set(MirrorAlarm.objects.values_list("version", "level")) == {(2, 2)}
    assert MirrorAlarm.objects.count() == 40
    counted = DayCount.objects.get(day=clock.today())
    assert counted.accepted + counted.unchanged == 80
