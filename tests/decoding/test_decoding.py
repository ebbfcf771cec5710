"""Frames come as they were taken, and whatever a source does has a name (VD-06, decision 0066)."""

import ast
import functools
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.decoding import services
from apps.decoding.enums import Ending
from apps.decoding.services import Limits, Source, frames, grab
from tests.decoding import clips

ROOT = Path(__file__).resolve().parents[2]
SHORT = Limits(wall_s=8, idle_s=1)


def test_a_clip_gives_frames_at_the_moments_asked_for() -> None:
    found = grab(Source(data=clips.clip()), seconds=1.5, per_second=2, size=(160, 90))
    assert found.ending == Ending.DONE
    assert found.times == pytest.approx([0, 0.5, 1.0, 1.5])
    assert [one.shape for one in found.pictures] == [(90, 160, 3)] * 4
    assert found.facts is not None
    assert (found.facts.codec, found.facts.width, found.facts.fps) == ("mpeg4", 320, 10)
    assert abs(int(found.pictures[0][30, 15, 0]) - 230) < 25  # red, green, blue in this order
    assert int(found.pictures[0][30, 15, 2]) < 90


def test_a_file_is_decoded_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(clips.clip(1, form="matroska"))
    found = grab(Source(path=str(tmp_path / "clip.mp4")), seconds=9, per_second=100, size=None)
    assert (len(found.frames), found.frames[0].seen) == (10, (320, 180))


def test_frames_come_while_the_program_runs_and_it_dies_when_nobody_wants_more() -> None:
    with frames(Source(data=clips.clip(5)), seconds=5, per_second=10) as stream:
        first = next(iter(stream))
        process = stream._process
        assert process is not None
        assert process.poll() is None
    assert first.at_s == 0
    assert process.returncode is not None


def test_one_picture_and_a_camera_that_pushes_pictures() -> None:
    with clips.camera(clips.answering(clips.http_answer(clips.jpeg(), "image/jpeg"))) as port:
        one = grab(Source(url=f"http://127.0.0.1:{port}/snapshot.jpg"), limits=SHORT)
    with clips.camera(clips.pushing(6, 0.05)) as port:
        many = grab(
            Source(url=f"http://127.0.0.1:{port}/mjpeg"), seconds=5, per_second=50, limits=SHORT
        )
    assert (len(one.frames), one.ending) == (1, Ending.DONE)
    assert (len(many.frames), many.ending) == (6, Ending.DONE)
    assert many.times[-1] > 0.15  # by the clock of their coming


def test_a_stream_over_rtsp() -> None:
    with clips.camera(clips.rtsp_camera) as port:
        found = grab(Source(url=f"rtsp://127.0.0.1:{port}/ch1"), per_second=10, limits=SHORT)
    assert found.facts is not None
    assert found.facts.codec == "mpeg4"
    assert len(found.frames) >= 5


def test_a_camera_that_sends_elsewhere_is_not_followed() -> None:
    """No network beyond the given address, over HTTP and over RTSP."""
    called: list[int] = []

    def note(near: object) -> None:
        called.append(1)

    with clips.camera(note) as other:
        there = f"http://127.0.0.1:{other}/"
        moved = clips.http_answer(b"", "text/plain", "302 Found", f"Location: {there}\r\n")
        with clips.camera(clips.answering(moved)) as port:
            over_http = grab(Source(url=f"http://127.0.0.1:{port}/"), limits=SHORT)
        talk = functools.partial(clips.rtsp_camera, moved_to=f"rtsp://127.0.0.1:{other}/x")
        with clips.camera(talk) as port:
            over_rtsp = grab(Source(url=f"rtsp://127.0.0.1:{port}/"), limits=SHORT)
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{there}a.ts\n".encode()
        listed = grab(Source(data=playlist), limits=SHORT)
    assert over_http.ending == Ending.NO_STREAM
    assert over_rtsp.ending == Ending.NO_STREAM
    assert listed.ending == Ending.NO_PICTURE
    assert called == []


def test_a_wrong_password_is_named_and_the_right_one_is_proved() -> None:
    asked: list[bytes] = []

    def talk(near: clips.socket.socket) -> None:
        said = near.recv(65536)
        asked.append(said)
        if b"Authorization: Digest" in said and b'username="op"' in said:
            near.sendall(clips.http_answer(clips.jpeg(), "image/jpeg"))
        else:
            want = 'WWW-Authenticate: Digest realm="cam", nonce="abc", qop="auth"\r\n'
            near.sendall(clips.http_answer(b"", "text/plain", "401 Unauthorized", want))

    with clips.camera(talk) as port:
        right = grab(Source(url=f"http://op:secret@127.0.0.1:{port}/s.jpg"), limits=SHORT)
        wrong = grab(Source(url=f"http://no:secret@127.0.0.1:{port}/s.jpg"), limits=SHORT)
    assert (right.ending, len(right.frames)) == (Ending.DONE, 1)
    assert wrong.ending == Ending.DENIED
    assert b"secret" not in b"".join(asked)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://camera.example/", "udp://127.0.0.1:9", "http://[bad/"]
)
def test_an_address_nobody_checked_is_not_connected_to(url: str) -> None:
    found = grab(Source(url=url), limits=SHORT)
    assert (found.ending, found.frames) == (Ending.NO_STREAM, ())


def test_nobody_there_and_nothing_there() -> None:
    with clips.camera(clips.answering(b"")) as port:
        silent = grab(Source(url=f"http://127.0.0.1:{port}/"), limits=SHORT)
    gone = grab(Source(url=f"http://127.0.0.1:{port}/"), limits=SHORT)
    assert (silent.ending, gone.ending) == (Ending.NO_STREAM, Ending.NO_STREAM)
    assert grab(Source(data=b""), limits=SHORT).ending == Ending.NO_STREAM
    assert grab(Source(path="/nowhere/clip.mp4"), limits=SHORT).ending == Ending.NO_STREAM


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_camera_that_never_answers(scheme: str) -> None:
    with clips.camera(lambda near: time.sleep(5)) as port:
        began = time.monotonic()
        limits = Limits(wall_s=4, idle_s=0.4)
        found = grab(Source(url=f"{scheme}://127.0.0.1:{port}/"), limits=limits)
    assert found.ending == Ending.TIMEOUT
    assert time.monotonic() - began < 3


def test_a_camera_that_drips_is_cut_at_the_deadline() -> None:
    with clips.camera(clips.dripping) as port:
        began = time.monotonic()
        found = grab(Source(url=f"http://127.0.0.1:{port}/"), limits=Limits(wall_s=1, idle_s=1))
    assert found.ending == Ending.TIMEOUT
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    "data", [b"\x00" * 5000, os.urandom(20000), b"\xff\xd8\xff\xe0" + os.urandom(9000), b"RIFF"]
)
def test_garbage_is_no_picture(data: bytes) -> None:
    found = grab(Source(data=data), limits=SHORT)
    assert (found.ending, found.frames) == (Ending.NO_PICTURE, ())


def test_what_breaks_off_keeps_what_came() -> None:
    whole = clips.clip(2)
    found = grab(Source(data=whole[: len(whole) // 2]), seconds=9, per_second=10, limits=SHORT)
    assert found.ending == Ending.DONE
    assert 2 < len(found.frames) < 20


def test_a_stream_that_changes_its_size_keeps_ours() -> None:
    both = clips.clip(1) + clips.clip(1, size=(640, 480))
    found = grab(Source(data=both), seconds=9, per_second=10, size=(64, 36), limits=SHORT)
    assert {one.shape for one in found.pictures} == {(36, 64, 3)}
    assert found.times == sorted(found.times)
    assert len(found.frames) >= 10


def test_too_large_too_many_too_long() -> None:
    large = grab(Source(data=clips.jpeg(size=(640, 480))), limits=Limits(pixels=320 * 240))
    many = grab(Source(data=clips.clip()), per_second=10, limits=Limits(frames=3))
    with clips.camera(clips.answering(clips.http_answer(clips.clip(3), "video/mp2t"))) as port:
        long = grab(Source(url=f"http://127.0.0.1:{port}/"), limits=Limits(data_bytes=2000))
    assert (large.ending, len(many.frames), long.ending) == (Ending.TOO_LARGE, 3, Ending.TOO_LARGE)


@pytest.mark.parametrize(
    ("deed", "ending"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", Ending.CRASHED),
        ("os._exit(3)", Ending.CRASHED),
        ("os.write(1, b'F' + b'\\xff' * 8)", Ending.CRASHED),
        ("os.write(1, b'E\\0\\0\\0\\x02\\0\\0\\0\\0{}')", Ending.CRASHED),
        ("signal.raise_signal(signal.SIGXCPU)", Ending.TIMEOUT),
        ("signal.pause()", Ending.TIMEOUT),
    ],
)
def test_a_program_that_dies_or_lies_hurts_nobody(
    deed: str, ending: Ending, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import os, signal, sys\nsys.stdin.buffer.readline()\n{deed}\n")
    monkeypatch.setattr(services, "CHILD", program)
    found = grab(Source(data=b"x"), limits=Limits(wall_s=0.6))
    assert (found.ending, found.frames) == (ending, ())


def test_the_program_has_no_more_memory_than_it_may() -> None:
    limits = Limits(memory_bytes=64 * 1024 * 1024, wall_s=8)
    assert grab(Source(data=clips.clip()), limits=limits).ending == Ending.CRASHED


def test_only_the_program_loads_a_decoder() -> None:
    """No process that serves people may decode: one file reads film, none by VideoCapture.

    Another writes it, for the simulated street alone, and loads av only then.
    """
    found = [
        str(file.relative_to(ROOT))
        for file in [*(ROOT / "apps").rglob("*.py"), *(ROOT / "citybrain").rglob("*.py")]
        if "import av" in (text := file.read_text("utf-8")) or "VideoCapture(" in text
        if _imports_av(text) or "VideoCapture(" in text
    ]
    assert sorted(found) == ["apps/decoding/child/decode.py", "apps/video/reels.py"]
    street = "import sys; from apps.video import reels; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", street], cwd=ROOT).returncode == 0
    written = (ROOT / "apps" / "video" / "reels.py").read_text("utf-8")
    assert re.findall(r"av\.open\(\w+, (\S+),", written) == ['"w"']


def _imports_av(text: str) -> bool:
    return any(
        (isinstance(node, ast.Import) and any(x.name.split(".")[0] == "av" for x in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "av")
        for node in ast.walk(ast.parse(text))
    )
