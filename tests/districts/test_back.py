"""What the city gives back, and that nobody reads another district out of it. Source: IO-11."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.alarms.registry import all_watchers, only_watchers
from apps.alarms.services import watch_round
from apps.common import clock
from apps.districts.enums import BackKind
from apps.districts.models import BackFigure, Peer
from apps.districts.services import LEAST_PEERS, take_batch, work_out
from apps.districts.watch import look
from tests.cast import Cast
from tests.districts.factories import SECRET, alarm_row, keeper, peer


@pytest.fixture
def peers(cast: Cast, live: str) -> list[Peer]:
    """East with two alarms, one over; west with one that stands; a cell of the east with none."""
    manager = keeper(cast)
    east = peer(cast, manager)
    west = peer(cast, manager, area=cast.west, prefix="west000001")
    now = clock.now().isoformat()
    over = alarm_row(cast, "A-1", raised_at=now, ended_at=now)
    take_batch(east, kind="alarms", rows=[over, alarm_row(cast, "A-2", raised_at=now)])
    lon, lat = Cast.inside_west()
    code = cast.cells["west"][0].code
    there = alarm_row(cast, area=code, lon=lon, lat=lat, raised_at=now)
    take_batch(west, kind="alarms", rows=[there])
    return [east, west]


def body_of(of: Peer, kind: BackKind = BackKind.ALARMS) -> dict[str, Any]:
    return BackFigure.objects.filter(peer=of, kind=kind, day=clock.today()).order_by("-pk")[0].body


def ask(prefix: str = "east000001", **query: Any) -> Any:
    return Client().get(
        "/api/v1/districts/back/", query, headers={"Authorization": f"Api-Key {prefix}.{SECRET}"}
    )


def test_two_districts_see_only_themselves(peers: list[Peer]) -> None:
    assert len(peers) < LEAST_PEERS
    work_out()
    body = body_of(peers[0])
    assert body["own"] == {"total": 2, "ended": 1, "by_level": {"3": 2}}
    assert (body["city"], body["rank"], body["of"]) == (None, None, None)


def test_three_districts_see_the_sum_and_their_place(cast: Cast, peers: list[Peer]) -> None:
    third = peer(
        cast, keeper(cast, "other_keeper"), area=cast.cells["east"][1], prefix="cell000001"
    )
    Peer.objects.filter(pk=third.pk).update(heard_at=clock.now())
    work_out()
    east, west = body_of(peers[0]), body_of(peers[1])
    assert east["city"] == {"total": 3, "ended": 1, "by_level": {"3": 3}}
    assert (east["rank"], west["rank"], body_of(third)["rank"]) == (2, 3, 1)
    assert east["of"] == 3


def test_the_feed_goes_on_from_its_cursor(peers: list[Peer]) -> None:
    work_out()
    whole = ask().json()
    assert whole["items"]
    assert {each["id"] for each in whole["items"]} == set(
        BackFigure.objects.filter(peer=peers[0]).values_list("pk", flat=True)
    )
    first = ask(limit=1).json()
    assert first["next"] == first["items"][0]["id"]
    rest = ask(after=first["next"]).json()
    assert [*first["items"], *rest["items"]] == whole["items"]
    assert ask(after=whole["next"]).json() == {"items": [], "next": whole["next"]}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"after": "x"}, "after"), ({"after": "-1"}, "after"), ({"limit": "0"}, "limit"),
     ({"limit": "501"}, "limit"), ({"after": "9" * 30}, "after")],
)  # fmt: skip
def test_a_wrong_cursor_names_its_field(
    peers: list[Peer], query: dict[str, str], field: str
) -> None:
    answer = ask(**query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_asking_is_a_sign_of_life(peers: list[Peer]) -> None:
    Peer.objects.update(heard_at=None)
    assert ask().status_code == 200
    peers[0].refresh_from_db()
    peers[1].refresh_from_db()
    assert peers[0].heard_at is not None
    assert peers[1].heard_at is None


def test_a_silent_district_is_an_alarm_until_it_is_heard(peers: list[Peer], cast: Cast) -> None:
    assert not look([]).troubles
    Peer.objects.filter(pk=peers[0].pk).update(heard_at=clock.now() - timedelta(minutes=61))
    [trouble] = look([]).troubles
    assert trouble.facts["silent_minutes"] == 61
    assert peers[0].name in trouble.sentence
    [watcher] = [each for each in all_watchers() if each.code == "districts.peers"]
    with only_watchers(watcher):
        watch_round()
    assert Alarm.objects.get(kind="district_silent").is_open
    Peer.objects.filter(pk=peers[0].pk).update(heard_at=clock.now())
    assert not look([]).troubles
    Peer.objects.filter(pk=peers[1].pk).update(
        heard_at=clock.now() - timedelta(days=9), is_active=False
    )
    assert not look([]).troubles


def test_figures_of_a_day_change_with_late_rows(cast: Cast, peers: list[Peer]) -> None:
    work_out()
    before = body_of(peers[0])
    at = clock.now().isoformat()
    take_batch(peers[0], kind="alarms", rows=[alarm_row(cast, "A-3", raised_at=at)])
    assert work_out() == 1
    assert body_of(peers[0])["own"]["total"] == before["own"]["total"] + 1


def test_a_person_is_no_district(cast: Cast, peers: list[Peer]) -> None:
    person: User = cast.supervisor
    client = Client()
    client.force_login(person)
    assert client.get("/api/v1/districts/back/").status_code == 403
