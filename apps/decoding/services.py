"""Frames of a camera or a clip, decoded by a program of its own that may be killed.

No process of the project loads a decoder: what breaks it, fills its memory or never ends it
ends that program. Nothing here raises for what a source does; the ending says it. Who calls
has checked the address (``Source.address``): the program connects there and nowhere else, and
follows no redirect. Source: VD-06, docs/decisions/0066.
"""

import contextlib
import ipaddress
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from apps.decoding.enums import Ending

CHILD = Path(__file__).parent / "child" / "decode.py"
_HEAD = struct.Struct("!cII")
_LONGEST_TEXT = 64 * 1024
_SCHEMES = ("rtsp", "http", "https")
#: A file-system path of the interpreter is all the program needs of the environment.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Source:
    """What is decoded: one of url, path, data.

    url: rtsp, http or https, with name and password in it where needed; it is handed over by
    pipe, never in the list of processes. address: the checked IP address to connect to; not
    needed where the url names one. data: a whole picture or clip in memory. headers: sent with
    HTTP.
    """

    url: str = field(default="", repr=False)
    address: str = ""
    path: str = ""
    data: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Limits:
    """How much a source may cost. wall_s: everything; idle_s: connecting and each read.

    pixels: of one picture of the stream. data_bytes: read from the source.
    """

    wall_s: float = 30.0
    idle_s: float = 10.0
    cpu_s: int = 30
    memory_bytes: int = 1536 * 1024 * 1024
    data_bytes: int = 256 * 1024 * 1024
    frames: int = 2000
    pixels: int = 4096 * 2304


@dataclass(frozen=True)
class Facts:
    """What the stream says of itself. fps: 0 where it has no rate of its own."""

    codec: str
    width: int
    height: int
    fps: float
    format: str


@dataclass(frozen=True)
class Frame:
    """One picture: RGB, height x width x 3. at_s: by the stream's clock from its first frame;
    arrived_s: since the program began; seen: width and height before scaling."""

    picture: Picture
    at_s: float
    arrived_s: float
    seen: tuple[int, int]


@dataclass(frozen=True)
class Grabbed:
    """What came of a source. ending: why there is no more; DONE where all went well."""

    frames: tuple[Frame, ...]
    facts: Facts | None
    ending: Ending
    text: str = ""

    @property
    def pictures(self) -> list[Picture]:
        """The pictures alone, in order."""
        return [frame.picture for frame in self.frames]

    @property
    def times(self) -> list[float]:
        """When each picture was taken, in seconds of the stream's clock."""
        return [frame.at_s for frame in self.frames]


def grab(
    source: Source,
    *,
    seconds: float = 1.0,
    per_second: float = 5.0,
    size: tuple[int, int] | None = (640, 360),
    limits: Limits | None = None,
) -> Grabbed:
    """Will decode a bounded piece of a source and give its frames at once.

    seconds: of the stream's clock. size: width, height all frames are scaled to; None: as the
    first one comes. What came before an ending is kept. Blocks at most ``limits.wall_s``.
    """
    with frames(source, seconds=seconds, per_second=per_second, size=size, limits=limits) as stream:
        found = tuple(stream)
    return Grabbed(found, stream.facts, stream.ending, stream.text)


def frames(
    source: Source,
    *,
    seconds: float,
    per_second: float = 5.0,
    size: tuple[int, int] | None = (640, 360),
    limits: Limits | None = None,
) -> "Stream":
    """Will give frames while the program decodes; to be used in a ``with`` block.

    The program waits while nobody takes its frames and is killed when the block is left.
    ``ending``, ``text`` and ``facts`` of the stream are known when it is over.
    """
    return Stream(source, seconds, per_second, size, limits or Limits())


class _Over(Exception):
    """No further message; ``ending`` says why."""

    def __init__(self, ending: Ending, text: str = "") -> None:
        super().__init__(text)
        self.ending, self.text = ending, text


class Stream:
    """The frames of one source and how they ended; see ``frames``."""

    def __init__(
        self,
        source: Source,
        seconds: float,
        per_second: float,
        size: tuple[int, int] | None,
        limits: Limits,
    ) -> None:
        self.facts: Facts | None = None
        self.ending, self.text = Ending.DONE, ""
        self._source, self._limits, self._size = source, limits, size
        self._job = _job_of(source, seconds, per_second, size, limits)
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0

    def __enter__(self) -> Self:
        self._deadline = time.monotonic() + self._limits.wall_s
        if self._job is None:
            self.ending, self.text = Ending.NO_STREAM, "address"
            return self
        self._process = subprocess.Popen(  # noqa: S603  our own program, nothing of the source
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def __iter__(self) -> Iterator[Frame]:
        if self._process is None:
            return
        try:
            self._hand_over(self._process)
            while True:
                kind, told, payload = self._message(self._process)
                if kind == b"S":
                    self.facts = _facts_of(told)
                elif kind == b"F":
                    yield _frame_of(told, payload)
                else:
                    raise _Over(Ending(str(told["why"])), str(told.get("text", "")))
        except _Over as over:
            self.ending, self.text = over.ending, over.text[:200]
        except (ValueError, KeyError, TypeError):  # what no honest program says
            self.ending = Ending.CRASHED

    def _hand_over(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        said = json.dumps(self._job).encode() + b"\n" + self._source.data
        os.set_blocking(process.stdin.fileno(), False)
        left = memoryview(said)
        try:
            while left:
                _wait(process.stdin, selectors.EVENT_WRITE, self._deadline)
                with contextlib.suppress(BlockingIOError):
                    left = left[os.write(process.stdin.fileno(), left[:65536]) :]
        except BrokenPipeError:
            raise self._died(process) from None

    def _message(self, process: subprocess.Popen[bytes]) -> tuple[bytes, dict[str, Any], bytes]:
        kind, text, payload = _HEAD.unpack(self._exactly(process, _HEAD.size))
        if text > _LONGEST_TEXT or payload > 3 * self._limits.pixels:
            raise _Over(Ending.CRASHED, "message")
        told = json.loads(self._exactly(process, text))
        return kind, told, self._exactly(process, payload)

    def _exactly(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        assert process.stdout is not None
        found = bytearray()
        while len(found) < size:
            _wait(process.stdout, selectors.EVENT_READ, self._deadline)
            piece = os.read(process.stdout.fileno(), min(1 << 20, size - len(found)))
            if not piece:
                raise self._died(process)
            found += piece
        return bytes(found)

    def _died(self, process: subprocess.Popen[bytes]) -> _Over:
        """Names what ended the program before it said the end itself."""
        try:
            code = process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return _Over(Ending.CRASHED, "hung up")
        if code == -signal.SIGXCPU:
            return _Over(Ending.TIMEOUT, "cpu")
        return _Over(Ending.CRASHED, signal.Signals(-code).name if code < 0 else str(code))


def _wait(pipe: IO[bytes], event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise _Over(Ending.TIMEOUT)


def _job_of(
    source: Source,
    seconds: float,
    per_second: float,
    size: tuple[int, int] | None,
    limits: Limits,
) -> dict[str, Any] | None:
    """None where the source names no address that may be connected to."""
    address = ""
    if source.url:
        address = _address_of(source)
        if not address:
            return None
    elif not source.path and not source.data:
        return None
    return {
        "url": source.url,
        "address": address,
        "headers": dict(source.headers),
        "path": source.path,
        "data_bytes": len(source.data),
        "seconds": seconds,
        "per_second": per_second,
        "size": size,
        "frames": limits.frames,
        "bytes": limits.data_bytes,
        "pixels": limits.pixels,
        "memory": limits.memory_bytes,
        "cpu": limits.cpu_s,
        "idle_s": limits.idle_s,
    }


def _address_of(source: Source) -> str:
    try:
        parts = urlsplit(source.url)
        if parts.scheme not in _SCHEMES or parts.port == 0:
            return ""
        return str(ipaddress.ip_address(source.address or parts.hostname or ""))
    except ValueError:
        return ""


def _facts_of(told: dict[str, Any]) -> Facts:
    return Facts(
        str(told["codec"])[:40],
        int(told["width"]),
        int(told["height"]),
        float(told["fps"]),
        str(told["format"])[:60],
    )


def _frame_of(told: dict[str, Any], payload: bytes) -> Frame:
    width, height = (int(side) for side in told["size"])
    seen_width, seen_height = (int(side) for side in told["seen"])
    picture = np.frombuffer(payload, np.uint8).reshape(height, width, 3)
    return Frame(picture, float(told["t"]), float(told["arrived"]), (seen_width, seen_height))
