"""The head of a camera by hand: one person at a time, stopping by itself (VD-03)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.video import services
from apps.video.enums import Purpose
from apps.video.errors import NoPicture
from apps.video.models import Camera, HeadHold
from apps.video.street import Head
from tests.cast import Cast
from tests.video.factories import camera, person, source, street


@pytest.fixture(autouse=True)
def media_server(settings: Any) -> None:
    """Looks need one; nothing is played here."""
    settings.VIDEO_MEDIA_URL = "http://127.0.0.1:8790/media"
    settings.VIDEO_MEDIA_KEY = "m" * 32


def look(viewer: User, of: Camera) -> int:
    return services.play(viewer, camera_id=of.pk, purpose=Purpose.DUTY).play.pk


def test_a_head_is_turned_by_one_at_a_time_and_stops_by_itself(cast: Cast) -> None:
    first = person("first", "video_steerer", cast.east_works)
    second = person("second", "video_steerer", cast.east_works)
    made = camera(has_ptz=True)
    with street(username="admin", password="p") as (stand, address):
        secret = {"username": "admin", "password": "p"}
        source(made, "onvif", url=f"{address}/c/7/onvif", secret=secret)
        one, two = look(first, made), look(second, made)
        assert services.take_head(first, play_id=one).mine
        told = services.take_head(second, play_id=two)
        assert (told.mine, told.by) == (False, first.display_name)
        assert not services.turn_head(second, play_id=two, pan=1, tilt=0, zoom=0).mine
        assert 7 not in stand.heads
        services.turn_head(first, play_id=one, pan=1, tilt=-0.5, zoom=0)
        head = stand.heads[7]
        assert head.speed == pytest.approx((0.2, 0.1))
        # Nobody says so again: it stands after a second and a half.
        assert head.at(head.since + 60) == pytest.approx((0.3, 0.15))
        services.turn_head(first, play_id=one, pan=0, tilt=0, zoom=0)
        assert head.speed == (0.0, 0.0)
        services.leave_head(first, play_id=one)
    left = AuditEntry.objects.get(action="camera.head_left")
    assert (left.data["moves"], left.actor_name) == (2, first.display_name)
    assert services.take_head(second, play_id=two).mine


def test_a_hold_that_runs_out_is_written_down_and_anybodys(cast: Cast) -> None:
    first = person("first", "video_steerer", cast.east_works)
    second = person("second", "video_steerer", cast.east_works)
    made, start = camera(has_ptz=True), clock.now()
    with clock.at(start):
        one, two = look(first, made), look(second, made)
        services.take_head(first, play_id=one)
        assert services.end_stale_holds() == 0
    with clock.at(start + timedelta(seconds=31)):
        assert services.take_head(second, play_id=two).mine
        assert AuditEntry.objects.get(action="camera.head_left").data["seconds"] == 30
    with clock.at(start + timedelta(seconds=90)):
        assert [services.end_stale_holds() for _time in range(2)] == [1, 0]
        services.leave_head(second, play_id=two)
    assert HeadHold.objects.count() == 0
    assert AuditEntry.objects.filter(action="camera.head_left").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_one_gets_it(cast: Cast) -> None:
    people = [person(f"p{number}", "video_steerer", cast.east_works) for number in range(2)]
    made = camera(has_ptz=True)
    asked = [(viewer, look(viewer, made)) for viewer in people]

    def take(pair: tuple[User, int]) -> bool:
        try:
            return services.take_head(pair[0], play_id=pair[1]).mine
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(take, asked))
    assert sorted(got) == [False, True]
    assert HeadHold.objects.count() == 1


def test_who_may_not_and_what_has_no_head(cast: Cast) -> None:
    watcher = person("watcher", "video_operator", cast.east_works)
    steerer = person("steerer", "video_steerer", cast.east_works)
    made, fixed = camera(1, has_ptz=True), camera(2)
    with pytest.raises(NotAllowed):
        services.take_head(watcher, play_id=look(watcher, made))
    with pytest.raises(NotFound):
        services.take_head(steerer, play_id=look(watcher, made))
    with pytest.raises(Refused) as refusal:
        services.take_head(steerer, play_id=look(steerer, fixed))
    assert refusal.value.code == "no_head"
    mine = look(steerer, made)
    with pytest.raises(InvalidInput) as wrong:
        services.turn_head(steerer, play_id=mine, pan=0, tilt=float("nan"), zoom=0)
    assert wrong.value.field == "tilt"
    with pytest.raises(NoPicture) as nothing:
        services.turn_head(steerer, play_id=mine, pan=1, tilt=0, zoom=0)
    assert nothing.value.code == "no_source"
    services.keep_watching(steerer, play_id=mine, is_over=True)
    with pytest.raises(Refused):
        services.take_head(steerer, play_id=mine)


def test_the_page_shows_the_keys_to_who_may_turn(cast: Cast) -> None:
    watcher = person("watcher", "video_operator", cast.east_works)
    steerer = person("steerer", "video_steerer", cast.east_works)
    made = camera(has_ptz=True)
    client = Client()
    client.force_login(watcher)
    assert b'id="head"' not in client.get(f"/video/plays/{look(watcher, made)}/").content
    client.force_login(steerer)
    mine = look(steerer, made)
    assert b'id="head"' in client.get(f"/video/plays/{mine}/").content
    at = f"/video/plays/{mine}/head/"
    assert client.post(at, {"deed": "take"}).json() == {
        "mine": True, "by": steerer.display_name,
    }  # fmt: skip
    assert client.post(at, {"deed": "spin"}).status_code == 400
    assert client.post(at, {"deed": "turn", "pan": "7"}).status_code == 400
    refused = client.post(at, {"deed": "turn", "pan": "1"})
    assert (refused.status_code, refused.json()["error"]) == (409, "没有启用的取流方式")
    assert client.post(at, {"deed": "leave"}).json()["mine"] is False


def test_a_simulated_head_goes_no_further_than_its_time() -> None:
    head = Head()
    head.order(1, 0, 2, moment=100.0)
    head.order(-1, 0, 2, moment=101.0)
    assert head.at(200.0) == pytest.approx((-0.2, 0.0))
