"""Ways to a picture: each protocol against the simulated street, and what goes wrong.

Source: VD-01, VD-03, VD-14.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.video import services
from apps.video.adapters import base
from apps.video.enums import Protocol
from apps.video.errors import NoPicture
from apps.video.models import Source
from tests.cast import Cast
from tests.polling import stations
from tests.video.factories import camera, code_of, person, platform, source, street

ADMIN = {"username": "admin", "password": "right-Pass&<1>"}


@contextmanager
def misbehaving(talk: stations.Talk) -> Iterator[int]:
    """Somebody at a port who talks like this."""
    loop = asyncio.new_event_loop()
    port = loop.run_until_complete(stations.serve(talk))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield port
    loop.call_soon_threadsafe(_end, loop)
    thread.join(5)
    loop.close()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Lets nobody talk on."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_later(0.01, loop.stop)


def test_a_picture_by_http_digest(cast: Cast) -> None:
    with street(password=ADMIN["password"]) as (_stand, address):
        made = camera()
        source(made, url=f"{address}/c/1/picture.jpg", secret=ADMIN)
        taken = services.take_picture(made)
    assert Image.open(BytesIO(taken.content)).size == (640, 360)
    assert Source.objects.get().last_error == ""


def test_a_wrong_password_is_told_and_remembered(cast: Cast) -> None:
    with street(password=ADMIN["password"]) as (_stand, address):
        made = camera()
        source(made, url=f"{address}/c/1/picture.jpg", secret={**ADMIN, "password": "no"})
        with pytest.raises(NoPicture) as refusal:
            services.take_picture(made)
    assert refusal.value.code == "wrong_password"
    assert "密码" in Source.objects.get().last_error


def test_onvif_gives_picture_stream_and_turns_its_head(cast: Cast) -> None:
    keeper = person("keeper", "video_keeper", cast.east_works)
    with street(password=ADMIN["password"]) as (stand, address):
        made = camera(has_ptz=True)
        source(made, Protocol.ONVIF, url=f"{address}/c/7/onvif/device_service", secret=ADMIN)
        taken = services.take_picture(made)
        stream = services.open_stream(made)
        presets = services.list_presets(made)
        services.go_to_preset(keeper, camera_id=made.pk, token="2", reason="云台检查")
        neighbour = person("neighbour", "video_keeper", cast.west_works)
        with pytest.raises(NotAllowed):
            services.go_to_preset(neighbour, camera_id=made.pk, token="1", reason="x")
    assert taken.content.startswith(b"\xff\xd8\xff")
    assert stream.address == address.removeprefix("http://")
    assert "right-Pass%26%3C1%3E" in stream.url
    assert "right-Pass" not in repr(stream)
    assert [one.name for one in presets] == ["原位", "路口"]
    assert stand.preset == {7: "2"}


def test_onvif_with_a_wrong_password(cast: Cast) -> None:
    with street(password=ADMIN["password"]) as (_stand, address):
        made = camera()
        wrong = {**ADMIN, "password": "no"}
        source(made, Protocol.ONVIF, url=f"{address}/c/7/onvif/device_service", secret=wrong)
        with pytest.raises(NoPicture) as refusal:
            services.take_picture(made)
    assert refusal.value.code == "wrong_password"


def test_a_gateway_gives_picture_and_stream(cast: Cast) -> None:
    channel = f"{code_of(1, kind='118')}/{code_of(5)}"
    with street(token="t" * 20) as (stand, address):
        made = camera(has_ptz=True)
        gate = platform(
            cast, f"{address}/gb", kind="gateway", pushes=False, secret={"token": "t" * 20}
        )
        source(made, Protocol.GB28181, platform=gate, channel_id=channel)
        taken = services.take_picture(made)
        stream = services.open_stream(made)
        keeper = person("keeper", "video_keeper", cast.east_works)
        services.go_to_preset(keeper, camera_id=made.pk, token="2", reason="云台检查")
    assert taken.content.startswith(b"\xff\xd8\xff")
    assert stream.url.endswith("/media/direct/5")
    assert stand.preset == {5: "2"}


def test_the_next_way_is_tried_when_one_fails(cast: Cast) -> None:
    with street() as (_stand, address):
        made = camera()
        source(made, url=f"{address}/c/1/nothing", position=0)
        good = source(made, url=f"{address}/c/1/picture.jpg", position=1)
        taken = services.take_picture(made)
    assert taken.source_id == good.pk


def test_a_stream_is_checked_by_its_head_alone(cast: Cast) -> None:
    with street(password=ADMIN["password"]) as (_stand, address):
        made = camera()
        way = source(made, Protocol.HTTP_STREAM, url=f"{address}/c/1/stream", secret=ADMIN)
        services.check_source(way)
        stream = services.open_stream(made)
        with pytest.raises(NoPicture) as refusal:
            services.take_picture(made)
    assert stream.url.startswith("http://admin:")
    assert refusal.value.code == "unsupported"


@pytest.mark.parametrize(
    ("talk", "codes"),
    [
        (stations.hang, {"timeout"}),
        (stations.trickle, {"timeout", "bad_answer", "unreachable"}),
        (stations.close, {"unreachable", "bad_answer"}),
        (stations.redirect, {"redirected"}),
        (stations.babble, {"unreachable", "bad_answer"}),
    ],
)
@pytest.mark.parametrize("protocol", [Protocol.HTTP_PICTURE, Protocol.ONVIF, Protocol.RTSP])
def test_a_camera_that_misbehaves_is_bounded_and_told(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    talk: stations.Talk,
    codes: set[str],
    protocol: str,
) -> None:
    for module in ("web", "rtsp"):
        monkeypatch.setattr(f"apps.video.adapters.{module}.TIMEOUT_S", 0.2)
    scheme = "rtsp" if protocol == Protocol.RTSP else "http"
    with misbehaving(talk) as port:
        made = camera()
        way = source(made, protocol, url=f"{scheme}://127.0.0.1:{port}/x", secret=ADMIN)
        with pytest.raises(NoPicture) as refusal:
            services.check_source(way)
    assert refusal.value.code in codes | ({"bad_answer"} if scheme == "rtsp" else set())
    assert Source.objects.get().last_error


async def rtsp_camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Wants Digest, then describes itself."""
    asked = (await reader.readuntil(b"\r\n\r\n")).decode()
    if 'username="admin"' in asked and "response=" in asked:
        writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 0\r\n\r\n")
    else:
        writer.write(
            b'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="r"\r\n'
            b'WWW-Authenticate: Digest realm="r", nonce="abc"\r\n\r\n'
        )
    await writer.drain()
    writer.close()


def test_rtsp_answers_by_digest(cast: Cast) -> None:
    with misbehaving(rtsp_camera) as port:
        made = camera()
        way = source(made, Protocol.RTSP, url=f"rtsp://127.0.0.1:{port}/live", secret=ADMIN)
        services.check_source(way)
    way.refresh_from_db()
    assert way.tried_at is not None
    assert services.open_stream(made).url.startswith("rtsp://admin:right-Pass%26")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("rtsp://camera.example.com/live", "IP"),
        ("rtsp://8.8.8.8/live", "网段"),
        ("rtsp://u:p@10.0.0.9/live", "凭据"),
        ("rtsp://10.0.0.9:6379/live", "端口"),
        ("file:///etc/passwd", "开头"),
        ("rtsp://10.0.0.9/a b", "空格"),
    ],
)
def test_an_address_is_refused_with_why(cast: Cast, url: str, word: str) -> None:
    made = camera()
    with pytest.raises(InvalidInput, match=word) as refusal:
        source(made, Protocol.RTSP, url=url)
    assert refusal.value.field == "url"


def test_a_gateway_cannot_send_us_elsewhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "apps.video.adapters.gateway.fetch", lambda way, path: {"rtsp": "rtsp://8.8.8.8/x"}
    )
    made = camera()
    gate = platform(cast, "http://127.0.0.1:8790/gb", kind="gateway", pushes=False)
    source(made, Protocol.GB28181, platform=gate, channel_id=f"{code_of(1)}/{code_of(2)}")
    with pytest.raises(NoPicture) as refusal:
        services.open_stream(made)
    assert refusal.value.code == "address_refused"


def test_networks_narrowed_later_close_the_way(cast: Cast, settings: Any) -> None:
    made = camera()
    source(made, url="http://127.0.0.1:8790/c/1/picture.jpg")
    settings.DEVICE_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(NoPicture) as refusal:
        services.take_picture(made)
    assert refusal.value.code == "address_refused"


def test_the_password_is_kept_sealed_and_not_carried_elsewhere(cast: Cast) -> None:
    made = camera()
    way = source(made, url="http://127.0.0.1:8790/c/1/picture.jpg", secret=ADMIN)
    kept = Source.objects.get().secret
    keeper = person("keeper", "video_keeper", cast.east_works)
    near = services.SourceSpec(Protocol.HTTP_PICTURE, url="http://127.0.0.1:8790/c/2/picture.jpg")
    far = services.SourceSpec(Protocol.HTTP_PICTURE, url="http://10.0.0.66/steal")
    services.save_source(keeper, camera_id=made.pk, source_id=way.pk, spec=near)
    assert "right-Pass" not in kept
    assert Source.objects.get().secret == kept
    services.save_source(keeper, camera_id=made.pk, source_id=way.pk, spec=far)
    assert Source.objects.get().secret == ""


def test_a_source_of_another_camera_is_not_touched(cast: Cast) -> None:
    one, other = camera(1), camera(2)
    way = source(one, url="http://127.0.0.1:8790/c/1/picture.jpg")
    spec = services.SourceSpec(Protocol.HTTP_PICTURE, url="http://127.0.0.1:8790/x")
    keeper = person("keeper", "video_keeper", cast.east_works)
    with pytest.raises(NotFound):
        services.save_source(keeper, camera_id=other.pk, source_id=way.pk, spec=spec)
    services.drop_source(keeper, camera_id=other.pk, source_id=way.pk)
    assert Source.objects.filter(pk=way.pk).exists()


def test_no_way_at_all(cast: Cast) -> None:
    with pytest.raises(NoPicture) as refusal:
        services.take_picture(camera())
    assert refusal.value.code == "no_source"


TS = (b"G" + b"\x00" * 187) * 8
FILES: list[tuple[str, bytes, bool]] = [
    ("clip.ts", TS, True),
    ("clip.mp4", b"\x00\x00\x00\x18ftypisom" + b"\x00" * 400, True),
    ("clip.mp4", b"<html><script>alert(1)</script>", False),
    ("clip.mp4", b"#EXTM3U\nfile:///etc/passwd", False),
    ("clip.mp4", b"", False),
    ("picture.jpg", b"\xff\xd8\xff" + b"\x00" * 60, False),
]


@pytest.mark.parametrize(("name", "content", "is_taken"), FILES)
def test_a_clip_is_judged_by_its_bytes(
    cast: Cast, name: str, content: bytes, is_taken: bool
) -> None:
    made = camera()
    keeper = person("keeper", "video_keeper", cast.east_works)
    take: Callable[[], Source] = lambda: services.add_clip(  # noqa: E731
        keeper, camera_id=made.pk, upload=ContentFile(content, name=name)
    )
    if is_taken:
        assert services.open_stream(made).url if take() else ""
    else:
        with pytest.raises(InvalidInput) as refusal:
            take()
        assert refusal.value.field == "file"


def test_a_clip_too_long_is_refused_while_it_comes(cast: Cast, settings: Any) -> None:
    settings.VIDEO_UPLOAD_MAX_BYTES = 2 * 2**20
    keeper = person("keeper", "video_keeper", cast.east_works)
    upload = ContentFile(TS * 8000, name="long.ts")
    with pytest.raises(InvalidInput) as refusal:
        services.add_clip(keeper, camera_id=camera().pk, upload=upload)
    assert refusal.value.code == "file_too_large"
    assert list((settings.MEDIA_ROOT / "files").glob(".part-*")) == []


def test_a_picture_that_is_none_is_refused(cast: Cast) -> None:
    with pytest.raises(NoPicture) as refusal:
        base.check_picture(b"<html>login</html>")
    assert refusal.value.code == "bad_answer"
