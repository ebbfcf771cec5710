"""The program that decodes one source: no Django, no database, nothing of the project.

Runs alone (``python -I decode.py``), so that a picture which breaks a decoder breaks this
process and no other. Reads one line of JSON from its input, then as many bytes of a picture or
clip as that line says; writes messages to its output: one letter, the lengths of a JSON text
and of a payload (big endian), the text, the payload. ``S``: what the stream is. ``F``: one
frame, RGB. ``E``: the end and why. It is the only file of the project that imports ``av``.
Source: docs/decisions/0066.
"""

import base64
import contextlib
import ctypes
import hashlib
import http.client
import io
import json
import os
import resource
import secrets
import signal
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

HEAD = struct.Struct("!cII")
#: Containers that hold pictures and name no other address: playlists and SDP are not among them.
FORMATS = (
    "mpegts,mpeg,mpegvideo,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,h264,hevc,mjpeg,"
    "jpeg_pipe,png_pipe,ogg,rtsp"
)
CODECS = {
    "h264", "hevc", "mjpeg", "mpeg4", "mpeg1video", "mpeg2video", "vp8", "vp9", "av1",
    "libdav1d", "libvpx", "libvpx-vp9", "png", "rawvideo",
}  # fmt: skip
PORTS = {"http": 80, "https": 443, "rtsp": 554}
#: A picture of a stream of pictures is never longer.
LONGEST_PICTURE = 16 * 1024 * 1024
#: So many damaged packets in a row are no picture.
MOST_DAMAGED = 500
_PR_SET_PDEATHSIG = 1


class Ended(Exception):
    """Decoding is over for a reason that has a name."""

    def __init__(self, why: str, text: str = "") -> None:
        super().__init__(text)
        self.why = why


class Output:
    """Where messages go. Nothing a library prints gets in between: it has its own number."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)

    def send(self, kind: bytes, told: dict[str, Any], payload: bytes = b"") -> None:
        text = json.dumps(told).encode()
        message = memoryview(HEAD.pack(kind, len(text), len(payload)) + text + payload)
        while message:
            message = message[self._file.write(message) :]


def confine(job: dict[str, Any]) -> None:
    """Will take from this process what it does not need, before any foreign byte is read."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # whoever asked died before we could say that we follow
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu"], job["cpu"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


class Bounded(io.RawIOBase):
    """Gives the bytes of a connection as they come, up to so many."""

    def __init__(self, read: Any, most: int) -> None:
        self._read, self._left, self.seen = read, most, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            raise Ended("too_large")
        found: bytes = self._read(min(size if size > 0 else 65536, 65536, self._left))
        self._left -= len(found)
        self.seen += len(found)
        return found

    def more(self) -> bytes:
        return self.read(65536)


def connect(job: dict[str, Any], port: int) -> socket.socket:
    try:
        return socket.create_connection((job["address"], port), timeout=job["idle_s"])
    except TimeoutError as error:
        raise Ended("timeout") from error
    except OSError as error:
        raise Ended("no_stream", type(error).__name__) from error


# -- HTTP ------------------------------------------------------------------------------------


def ask_http(job: dict[str, Any]) -> http.client.HTTPResponse:
    """Will ask for the address, with Basic or Digest where the camera wants one of them."""
    parts = urlsplit(job["url"])
    answer = _get(job, {})
    if answer.status == 401 and parts.username is not None:
        asked = answer.headers.get("WWW-Authenticate", "")
        answer.close()
        answer = _get(job, {"Authorization": proof(job["url"], asked)})
    if answer.status in (401, 403):
        raise Ended("denied")
    if answer.status != 200:  # also every redirect: nobody is sent to another address
        raise Ended("no_stream", f"HTTP {answer.status}")
    return answer


def _get(job: dict[str, Any], headers: dict[str, str]) -> http.client.HTTPResponse:
    parts = urlsplit(job["url"])
    port = parts.port or PORTS[parts.scheme]
    sock = connect(job, port)
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=parts.hostname)
        connection = http.client.HTTPConnection(parts.hostname or "", port)
        connection.sock = sock
        connection.request(
            "GET", _target(job["url"]), headers={"Accept": "*/*", **job["headers"], **headers}
        )
        return connection.getresponse()
    except TimeoutError as error:
        raise Ended("timeout") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Ended("no_stream", type(error).__name__) from error


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def proof(url: str, asked: str) -> str:
    """Will answer the challenge of a camera. MD5 is what cameras of the field ask for."""
    parts = urlsplit(url)
    name, word = unquote(parts.username or ""), unquote(parts.password or "")
    scheme, _, rest = asked.partition(" ")
    if scheme.lower() != "digest":
        return "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode()
    said: dict[str, str] = {}
    for item in rest.split(","):
        key, _, value = item.strip().partition("=")
        said[key.lower()] = value.strip('"')
    target, count, mine = _target(url), "00000001", secrets.token_hex(8)
    once = said.get("nonce", "")
    first = _md5(f"{name}:{said.get('realm', '')}:{word}")
    second = _md5(f"GET:{target}")
    if "auth" in said.get("qop", ""):
        response = _md5(f"{first}:{once}:{count}:{mine}:auth:{second}")
        more = f', qop=auth, nc={count}, cnonce="{mine}"'
    else:
        response, more = _md5(f"{first}:{once}:{second}"), ""
    return (
        f'Digest username="{name}", realm="{said.get("realm", "")}", nonce="{once}", '
        f'uri="{target}", response="{response}"{more}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def pictures_of(kind: str, data: Bounded) -> Iterator[bytes]:
    """Will give the pictures of a camera that pushes one after the other, or its only one.

    kind: its Content-Type; parts begin with the boundary named there.
    """
    if not kind.lower().startswith("multipart/"):
        yield b"".join(iter(data.more, b""))
        return
    _, _, named = kind.partition("boundary=")
    boundary = b"--" + named.split(";")[0].strip().strip('"').lstrip("-").encode()
    rest = b""
    while found := data.more():
        rest += found
        *whole, rest = rest.split(boundary)
        for part in whole:
            begin = part.find(b"\xff\xd8")
            if begin >= 0:
                yield part[begin:]
        if len(rest) > LONGEST_PICTURE:
            raise Ended("too_large")
    begin = rest.find(b"\xff\xd8")
    if begin >= 0:
        yield rest[begin:]


# -- RTSP ------------------------------------------------------------------------------------


def relay(job: dict[str, Any], broken: list[str]) -> str:
    """Will give an address on this machine behind which the camera is, and nothing else.

    FFmpeg would follow a camera that sends it elsewhere; it only ever sees this end, and a
    camera that says "moved" is hung up on. broken: gets why the relay hung up; "timeout" until
    anything is heard, for FFmpeg, which waits as long, may give up a moment earlier.
    """
    parts = urlsplit(job["url"])
    upstream = connect(job, parts.port or PORTS["rtsp"])
    # Waits as long as it takes: who comes is this program itself, late on a busy machine.
    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    port = listener.getsockname()[1]

    def serve() -> None:
        near, _ = listener.accept()
        listener.close()
        threading.Thread(target=_ask, args=(near, upstream), daemon=True).start()
        broken[:] = _answer(upstream, near, job["bytes"], broken)
        for end in (near, upstream):  # only now: whoever sees the end finds the reason
            end.close()

    broken.append("timeout")
    threading.Thread(target=serve, daemon=True).start()
    proved = parts.netloc.rpartition("@")[0]
    return f"rtsp://{proved + '@' if proved else ''}127.0.0.1:{port}{_target(job['url'])}"


def _ask(near: socket.socket, upstream: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while found := near.recv(65536):
            upstream.sendall(found)


def _answer(
    upstream: socket.socket, near: socket.socket, most: int, broken: list[str]
) -> list[str]:
    """Hands on what the camera says; gives why that ended, if not by the camera."""
    begun = b""
    try:
        while found := upstream.recv(65536):
            broken.clear()
            most -= len(found)
            if most < 0:
                return ["too_large"]
            if len(begun) < 65536:
                begun += found
                if b"RTSP/1.0 3" in begun:
                    return ["no_stream"]
            near.sendall(found)
    except TimeoutError:
        return ["timeout"]
    except OSError:
        return []
    return []


# -- decoding --------------------------------------------------------------------------------


class Sampler:
    """Which frames are sent, scaled to one size whatever the stream does."""

    def __init__(self, job: dict[str, Any], out: Output) -> None:
        self._job, self._out = job, out
        self._began, self._due, self.sent = time.monotonic(), 0.0, 0
        self._first: float | None = None
        self._last = -1.0
        self._size: tuple[int, int] | None = tuple(job["size"]) if job["size"] else None

    def take(self, frame: Any, at: float | None, every: float) -> None:
        """at: seconds of the stream's own clock, None where it has none. Raises: Ended."""
        if frame.width * frame.height > self._job["pixels"]:
            raise Ended("too_large")
        first = at if self._first is None else self._first
        self._first = first or 0.0
        clock = self._last + every if at is None else at - self._first
        if clock <= self._last:  # the stream began to count anew
            self._first -= self._last + every - clock
            clock = self._last + every
        self._last = clock = max(clock, 0.0)
        if clock > self._job["seconds"]:
            raise Ended("done")
        if clock + 1e-6 < self._due:
            return
        self._due = max(self._due + 1 / self._job["per_second"], clock)
        self._send(frame, clock)

    def _send(self, frame: Any, clock: float) -> None:
        if self._size is None:
            self._size = (frame.width, frame.height)
        width, height = self._size
        seen = (frame.width, frame.height)
        plain = frame.reformat(width=width, height=height, format="rgb24")
        told = {
            "t": round(clock, 4),
            "arrived": round(time.monotonic() - self._began, 4),
            "size": [width, height],
            "seen": seen,
        }
        self._out.send(b"F", told, _bytes_of(plain, width, height))
        self.sent += 1
        if self.sent >= self._job["frames"]:
            raise Ended("done")


def _bytes_of(frame: Any, width: int, height: int) -> bytes:
    plane = frame.planes[0]
    data = memoryview(plane)
    line = plane.line_size
    if line == width * 3:
        return bytes(data[: line * height])
    return b"".join(bytes(data[n * line : n * line + width * 3]) for n in range(height))


def decode(job: dict[str, Any], out: Output, data: bytes) -> None:
    """Will decode until the source, the time or a bound ends. Raises: Ended."""
    import av

    av.logging.set_level(None)
    scheme = urlsplit(job["url"]).scheme if job["url"] else ""
    if scheme in ("http", "https"):
        answer = ask_http(job)
        kind = answer.headers.get("Content-Type", "")
        reader = Bounded(answer.read1, job["bytes"])
        if kind.lower().startswith(("multipart/", "image/jpeg")):
            decode_pictures(av, job, out, pictures_of(kind, reader))
        else:
            decode_container(av, job, out, reader)
    elif scheme == "rtsp":
        broken: list[str] = []
        try:
            decode_container(av, job, out, relay(job, broken))
        except Ended as ended:
            if ended.why == "no_picture" and broken:
                raise Ended(broken[0]) from ended
            raise
    else:
        with open(job["path"], "rb") if job["path"] else io.BytesIO(data) as found:
            if not found.read(1):
                raise Ended("no_stream")
            found.seek(0)
            decode_container(av, job, out, found)


def decode_pictures(av: Any, job: dict[str, Any], out: Output, pictures: Iterator[bytes]) -> None:
    """Pictures have no clock but that of their coming."""
    codec = av.CodecContext.create("mjpeg", "r")
    sampler, began, damaged = Sampler(job, out), time.monotonic(), 0
    for picture in pictures:
        try:
            frames = codec.decode(av.Packet(picture))
        except av.error.FFmpegError:
            damaged += 1
            if damaged > MOST_DAMAGED:
                raise Ended("no_picture") from None
            continue
        for frame in frames:
            if sampler.sent == 0:
                out.send(b"S", _facts("mjpeg", frame.width, frame.height, 0.0, "pictures"))
            sampler.take(frame, time.monotonic() - began, 0.04)
    raise Ended("done" if sampler.sent else "no_picture")


def decode_container(av: Any, job: dict[str, Any], out: Output, source: Any) -> None:
    options = {"format_whitelist": FORMATS, "probesize": "2000000", "analyzeduration": "3000000"}
    is_rtsp = isinstance(source, str)
    options["protocol_whitelist"] = "rtsp,rtp,tcp" if is_rtsp else "none"
    if is_rtsp:
        options["rtsp_transport"] = "tcp"
    sampler = Sampler(job, out)
    try:
        with av.open(
            source, "r", format="rtsp" if is_rtsp else None, options=options,
            timeout=(job["idle_s"], job["idle_s"]),
        ) as container:  # fmt: skip
            _decode_video(av, job, out, container, sampler)
    except av.error.HTTPUnauthorizedError as error:
        raise Ended("denied") from error
    except (av.error.TimeoutError, av.error.ExitError, TimeoutError) as error:
        raise Ended("timeout") from error
    except av.error.InvalidDataError as error:
        raise Ended("done" if sampler.sent else "no_picture") from error
    except (av.error.FFmpegError, OSError) as error:
        empty = not getattr(source, "seen", 1)
        raise Ended(
            "done" if sampler.sent else "no_stream" if empty else "no_picture",
            type(error).__name__,
        ) from error


def _decode_video(av: Any, job: dict[str, Any], out: Output, container: Any, to: Sampler) -> None:
    if not container.streams.video:
        raise Ended("no_picture")
    stream = container.streams.video[0]
    codec = stream.codec_context
    if codec.name not in CODECS:
        raise Ended("unsupported", codec.name[:40])
    if codec.width * codec.height > job["pixels"]:
        raise Ended("too_large")
    codec.thread_count = 1
    codec.options = {"max_pixels": str(job["pixels"])}
    rate = float(stream.average_rate or stream.guessed_rate or 25) or 25.0
    name = container.format.name
    out.send(b"S", _facts(codec.name, codec.width, codec.height, rate, name))
    damaged = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
            damaged = 0
        except av.error.InvalidDataError:
            damaged += 1
            if damaged > MOST_DAMAGED:
                raise Ended("no_picture") from None
            continue
        for frame in frames:
            to.take(frame, frame.time, 1 / rate)
    raise Ended("done" if to.sent else "no_picture")


def _facts(codec: str, width: int, height: int, rate: float, kind: str) -> dict[str, Any]:
    return {"codec": codec, "width": width, "height": height, "fps": rate, "format": kind}


def main() -> None:
    job = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(job["data_bytes"])
    out = Output()
    confine(job)
    try:
        decode(job, out, data)
    except Ended as ended:
        out.send(b"E", {"why": ended.why, "text": str(ended)[:200]})
    except MemoryError:
        out.send(b"E", {"why": "too_large", "text": ""})
    except TimeoutError:
        out.send(b"E", {"why": "timeout", "text": ""})
    except (OSError, http.client.HTTPException) as error:
        out.send(b"E", {"why": "no_stream", "text": type(error).__name__})
    os._exit(0)  # threads of the relay and of decoders are not waited for


if __name__ == "__main__":
    main()
