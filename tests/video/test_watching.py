"""Looks through cameras: who may, how long, what is written down; sharing. Source: VD-01, VD-03."""

import io
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import av
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.video import media_links, selectors, services
from apps.video.enums import Purpose
from apps.video.models import Camera, CameraGrant, CameraRequest, Play
from tests.cast import Cast
from tests.video.factories import camera, code_of, person, source, street, western


@pytest.fixture(autouse=True)
def media_server(settings: Any) -> None:
    """A media server somewhere; tests that play point it at the street."""
    settings.VIDEO_MEDIA_URL = "http://127.0.0.1:8790/media"
    settings.VIDEO_MEDIA_KEY = "m" * 32


def asked(asker: User, of: Camera, cast: Cast, **given: Any) -> CameraRequest:
    today = clock.today()
    plain: dict[str, Any] = {
        "gb_code": of.gb_code, "unit": cast.west_works, "reason": "跨区防汛会商",
        "since": today, "until": today + timedelta(days=3),
    }  # fmt: skip
    return services.ask_for_camera(asker, **plain | given)


def beginning_of(link: str) -> tuple[bytes, int]:
    """What a browser first reads of a stream."""
    parts = urlsplit(link)
    line = HTTPConnection(parts.netloc, timeout=5)
    line.request("GET", f"{parts.path}?{parts.query}")
    answer = line.getresponse()
    beginning = answer.read(200) if answer.status == 200 else b""
    line.close()
    return beginning, answer.status


def fetched(link: str) -> bytes:
    """All a media server sends to a link."""
    parts = urlsplit(link)
    line = HTTPConnection(parts.netloc, timeout=20)
    line.request("GET", f"{parts.path}?{parts.query}")
    content = line.getresponse().read()
    line.close()
    return content


def test_a_look_plays_at_the_media_server_until_its_time_is_over(cast: Cast, settings: Any) -> None:
    operator = person("operator", "video_operator", cast.east_works)
    made = camera()
    with street() as (_stand, address):
        settings.VIDEO_MEDIA_URL = f"{address}/media"
        opened = services.play(operator, camera_id=made.pk, purpose=Purpose.DUTY)
        beginning, status = beginning_of(opened.link)
        tampered = opened.link.replace("kind=live", "kind=record")
        _body, refused = beginning_of(tampered)
    entry = AuditEntry.objects.get(action="camera.played")
    assert (status, refused) == (200, 403)
    assert b"image/jpeg" in beginning
    assert "测operator 东区城市管理局" in opened.watermark
    assert entry.data["purpose"] == "duty"
    assert opened.link not in repr(opened)
    key = parse_qs(urlsplit(opened.link).query)["key"][0]
    assert Play.objects.get().key_digest == media_links.digest_of(key)


@pytest.mark.parametrize("role", ["video_keeper", "media_reader"])
def test_who_may_not_look(cast: Cast, role: str) -> None:
    stranger = person("stranger", role, cast.east_works)
    neighbour = person("neighbour", "video_operator", cast.west_works)
    made = camera()
    for viewer in (stranger, neighbour):
        with pytest.raises(NotAllowed):
            services.play(viewer, camera_id=made.pk, purpose=Purpose.DUTY)
    assert Play.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"purpose": Purpose.EVIDENCE, "text": "案"}, "text"),
        ({"hours": (-2, None)}, "until"),
        ({"hours": (-1, -2)}, "until"),
        ({"hours": (-1, 1)}, "until"),
        ({"hours": (-9, -1)}, "until"),
    ],
)
def test_a_wrong_question_names_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    operator = person("operator", "video_operator", cast.east_works)
    hours = given.pop("hours", (None, None))
    now = clock.now()
    span = [None if h is None else now + timedelta(hours=h) for h in hours]
    told = {"purpose": Purpose.DUTY} | given
    with pytest.raises(InvalidInput) as refusal:
        services.play(operator, camera_id=camera().pk, since=span[0], until=span[1], **told)
    assert refusal.value.field == field


def test_nothing_is_played_without_a_media_server(cast: Cast, settings: Any) -> None:
    settings.VIDEO_MEDIA_KEY = "short"
    operator = person("operator", "video_operator", cast.east_works)
    with pytest.raises(Refused) as refusal:
        services.play(operator, camera_id=camera().pk, purpose=Purpose.DUTY)
    assert refusal.value.code == "no_media_server"
    assert Play.objects.count() == 0


def test_how_long_it_was_looked_at_is_known(cast: Cast) -> None:
    operator = person("operator", "video_operator", cast.east_works)
    other = person("other", "video_operator", cast.east_works)
    start = clock.now()
    with clock.at(start):
        look = services.play(operator, camera_id=camera().pk, purpose=Purpose.DUTY).play
    with clock.at(start + timedelta(seconds=90)):
        assert services.keep_watching(operator, play_id=look.pk) is True
        with pytest.raises(NotFound):
            services.keep_watching(other, play_id=look.pk)
    with clock.at(start + timedelta(seconds=120)):
        services.keep_watching(operator, play_id=look.pk, is_over=True)
        assert services.keep_watching(operator, play_id=look.pk) is False
        with pytest.raises(Refused):
            services.reopen(operator, play_id=look.pk)
    look.refresh_from_db()
    assert look.seconds == 120


def test_the_media_server_is_told_what_to_open_while_the_right_lasts(cast: Cast) -> None:
    operator = person("operator", "video_operator", cast.east_works)
    made = camera()
    source(made, "stream", url="http://127.0.0.1:8790/c/1/stream")
    opened = services.play(operator, camera_id=made.pk, purpose=Purpose.DUTY)
    key = parse_qs(urlsplit(opened.link).query)["key"][0]
    play, stream = services.admit(key)
    assert (play.pk, stream.url) == (opened.play.pk, "http://127.0.0.1:8790/c/1/stream")
    with pytest.raises(NotFound):
        services.admit("0" * 40)
    operator.appointments.all().delete()
    with pytest.raises(NotFound):
        services.admit(key)
    services.finish(key)
    services.finish(key)
    assert Play.objects.get().ended_at is not None


def test_only_clients_with_the_scope_ask_for_sources(cast: Cast) -> None:
    answer = Client().get(f"/api/v1/video/plays/{'0' * 40}/")
    assert answer.status_code in (401, 403)


def test_a_camera_is_shared_by_request_and_a_second_person(cast: Cast) -> None:
    asker = person("asker", "video_approver", cast.west_works)
    approver = person("approver", "video_approver", cast.east_works)
    made = camera()
    request = asked(asker, made, cast)
    with pytest.raises(NotAllowed):
        services.decide_request(asker, request_id=request.pk, is_agreed=True)
    services.decide_request(approver, request_id=request.pk, is_agreed=True)
    with pytest.raises(Refused):
        services.decide_request(approver, request_id=request.pk, is_agreed=True)
    look = services.play(asker, camera_id=made.pk, purpose=Purpose.DUTY)
    assert look.play.grant == CameraGrant.objects.get()
    assert selectors.list_cameras(asker, state="shared").get() == made
    now = clock.now()
    with pytest.raises(NotAllowed, match="录像"):
        services.play(
            asker, camera_id=made.pk, purpose=Purpose.DUTY,
            since=now - timedelta(hours=1), until=now,
        )  # fmt: skip


def test_a_grant_ends_by_its_day_and_by_hand(cast: Cast) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    approver = person("approver", "video_approver", cast.east_works)
    made = camera()
    request = asked(asker, made, cast)
    grant = services.decide_request(approver, request_id=request.pk, is_agreed=True).grant
    assert grant is not None
    with clock.at(clock.now() + timedelta(days=5)), pytest.raises(NotAllowed):
        services.play(asker, camera_id=made.pk, purpose=Purpose.DUTY)
    look = services.play(asker, camera_id=made.pk, purpose=Purpose.DUTY)
    neighbour = person("neighbour", "video_approver", cast.west_works)
    with pytest.raises(NotAllowed):
        services.end_grant(neighbour, grant_id=grant.pk, text="不再需要")
    services.end_grant(approver, grant_id=grant.pk, text="不再需要")
    with pytest.raises(NotAllowed):
        services.play(asker, camera_id=made.pk, purpose=Purpose.DUTY)
    look.play.refresh_from_db()
    assert look.play.ended_at is not None


def test_isolated_cameras_are_not_there_for_others(cast: Cast) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    approver = person("approver", "video_approver", cast.east_works)
    closed, opened = camera(1, is_isolated=True), camera(2)
    with pytest.raises(InvalidInput) as hidden:
        asked(asker, closed, cast)
    with pytest.raises(InvalidInput) as absent:
        asked(asker, opened, cast, gb_code=code_of(77))
    assert str(hidden.value) == str(absent.value)
    request = asked(asker, opened, cast)
    Camera.objects.filter(pk=opened.pk).update(is_isolated=True)
    with pytest.raises(Refused) as refusal:
        services.decide_request(approver, request_id=request.pk, is_agreed=True)
    assert refusal.value.code == "isolated"


def test_a_request_waits_once_and_may_be_withdrawn(cast: Cast) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    made = camera()
    request = asked(asker, made, cast)
    with pytest.raises(Refused):
        asked(asker, made, cast)
    other = person("other", "video_operator", cast.west_works)
    with pytest.raises(NotAllowed):
        services.withdraw_request(other, request_id=request.pk)
    services.withdraw_request(asker, request_id=request.pk)
    assert asked(asker, made, cast).pk != request.pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "看"}, "reason"),
        ({"until": -1}, "until"),
        ({"until": 400}, "until"),
        ({"since": -1}, "since"),
    ],
)
def test_a_wrong_request_names_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    today = clock.today()
    told = {k: today + timedelta(days=v) if isinstance(v, int) else v for k, v in given.items()}
    with pytest.raises(InvalidInput) as refusal:
        asked(asker, camera(), cast, **told)
    assert refusal.value.field == field


def test_two_persons_are_a_rule_of_the_database(cast: Cast) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    request = asked(asker, camera(), cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        CameraRequest.objects.filter(pk=request.pk).update(decided_by=asker)
    assert CameraRequest.objects.get().decided_by is None


def test_requests_are_seen_by_both_sides_only(cast: Cast) -> None:
    asker = person("asker", "video_operator", cast.west_works)
    approver = person("approver", "video_approver", cast.east_works)
    outsider = person("stranger", "video_operator", cast.center)
    asked(asker, camera(), cast)
    western()
    assert selectors.list_requests(asker).count() == 1
    assert selectors.list_requests(approver).count() == 1
    assert selectors.list_requests(outsider).count() == 0


@pytest.mark.parametrize("delivery", ["hls", "mp4"])
def test_the_media_server_sends_film_as_it_is_set_to(
    cast: Cast, settings: Any, delivery: str
) -> None:
    settings.VIDEO_LIVE_DELIVERY = settings.VIDEO_RECORD_DELIVERY = delivery
    operator = person("operator", "video_operator", cast.east_works)
    now = clock.now()
    with street() as (_stand, address):
        settings.VIDEO_MEDIA_URL = f"{address}/media"
        opened = services.play(
            operator, camera_id=camera().pk, purpose=Purpose.DUTY,
            since=now - timedelta(seconds=64), until=now - timedelta(seconds=60),
        )  # fmt: skip
        film = fetched(opened.link)
        tampered = beginning_of(opened.link.replace("kind=record", "kind=live"))
        if delivery == "hls":
            names = [line for line in film.decode().splitlines() if not line.startswith("#")]
            assert b"#EXT-X-ENDLIST" in film
            assert len(names) in (2, 3)
            assert beginning_of(urljoin(opened.link, names[0].replace("sign=", "sign=0")))[1] == 403
            initial = urljoin(opened.link, film.decode().split('URI="')[1].split('"')[0])
            film = b"".join(fetched(urljoin(opened.link, one)) for one in (initial, *names))
    with av.open(io.BytesIO(film), "r") as read:
        frames = list(read.decode(video=0))
    assert tampered[1] == 403
    assert (frames[0].width, frames[0].height) == (640, 360)
    assert len(frames) in (20, 30)
    assert 3.7 < float(frames[-1].time or 0) - float(frames[0].time or 0) < 6


def test_an_unknown_delivery_is_told_before_anything_is_played(cast: Cast, settings: Any) -> None:
    settings.VIDEO_LIVE_DELIVERY = "webrtc"
    operator = person("operator", "video_operator", cast.east_works)
    with pytest.raises(Refused) as refusal:
        services.play(operator, camera_id=camera().pk, purpose=Purpose.DUTY)
    assert refusal.value.code == "no_media_server"
    assert Play.objects.count() == 0
