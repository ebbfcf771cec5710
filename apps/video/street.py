"""A street of simulated cameras, and everything a city's cameras hang on, at one local port.

For the demonstration, for trying an installation without devices, and for tests: pictures,
MJPEG, HLS and MP4 streams of ``scenes``, with faults on demand, behind HTTP Digest; ONVIF; a
GB/T 28181 gateway's REST; a recorder's REST; the catalogue of a police platform; a media server
that checks signed links. It speaks the contracts written in ``adapters``, ``media_links`` and
``services.recording`` from the other side, shares no code with the askers but the signatures,
and listens on this machine only. Source: VD-01..03, VD-08.
"""

import base64
import contextlib
import hashlib
import io
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray
from PIL import Image

from apps.video import reels
from apps.video.adapters.catalogue import signature
from apps.video.faults import inject
from apps.video.media_links import is_signed
from apps.video.scenes import Scene

FRAMES_PER_SECOND = 5
REALM = "citybrain-street"
# Drawings, and a link is the right to them.
ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
# Of the demonstration only: the street listens on this machine and shows drawings.
DEMO_PASSWORD = DEMO_TOKEN = "street-of-drawings"  # noqa: S105
_NS = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
    ' xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"'
    ' xmlns:tt="http://www.onvif.org/ver10/schema"'
)


@dataclass
class Head:
    """A head that turns by hand. x, y: widths and heights of the picture it has gone; speed: a
    second, until ``until`` (``time.time``) and never longer."""

    x: float = 0.0
    y: float = 0.0
    speed: tuple[float, float] = (0.0, 0.0)
    since: float = 0.0
    until: float = 0.0

    def at(self, moment: float) -> tuple[float, float]:
        """Will say how far it has gone by a moment."""
        turned_s = max(0.0, min(moment, self.until) - self.since)
        return self.x + self.speed[0] * turned_s, self.y + self.speed[1] * turned_s

    def order(self, pan: float, tilt: float, seconds: float, moment: float) -> None:
        """Will turn it at a fifth of a width a second at most, for so long."""
        self.x, self.y = self.at(moment)
        self.speed, self.since = (0.2 * pan, -0.2 * tilt), moment
        self.until = moment + seconds


@dataclass
class Street:
    """What stands in the street and how it behaves just now.

    username, password: of cameras and recorder; token: of the gateway; key: of the police
    platform. faults: camera number -> (fault, severity, since, seconds as ``time.time``).
    preset: where the head of each camera points ("1" is home; others show another view).
    heads: by camera number, how far each was turned by hand.
    segments: what the recorder says of a channel, by channel; None: everything until now.
    catalogue: cameras of the police platform; received: what was sent to it, page by page.
    """

    username: str = "admin"
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    faults: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    preset: dict[int, str] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    segments: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    catalogue: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)

    def frame(self, number: int, at: float | None = None) -> NDArray[np.uint8]:
        """Will draw what a camera shows now, or at a moment (``time.time``): rows, columns, RGB."""
        moment = (time.time() if at is None else at) - self.began
        fault = self.faults.get(number)
        if fault and fault[0] == "freeze":
            moment = min(moment, fault[2] - self.began)
        view = 0 if self.preset.get(number, "1") == "1" else 1000
        frame = scene_of(number + view).frame(abs(moment))  # what was recorded before moves too
        if head := self.heads.get(number):
            x, y = head.at(moment + self.began)
            away = (round(-y * frame.shape[0]), round(-x * frame.shape[1]))
            frame = np.roll(frame, away, axis=(0, 1))
        if fault:
            frame = inject(frame, fault[0], fault[1], moment, seed=number)
        return frame

    def jpeg(self, number: int, at: float | None = None) -> bytes:
        """Will give the same as a JPEG."""
        held = io.BytesIO()
        Image.fromarray(self.frame(number, at)).save(held, "JPEG", quality=82)
        return held.getvalue()


@lru_cache(maxsize=256)
def scene_of(number: int) -> Scene:
    """Will give the scene before a camera."""
    return Scene(number)


class _Handler(BaseHTTPRequestHandler):
    """One request; ``street`` is set on the class made by ``serve``."""

    street: ClassVar[Street]
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the addresses asked for, without their credentials."""
        self.street.asked.append(self.path.split("?")[0])
        del self.street.asked[:-500]

    @property
    def _port(self) -> int:
        return int(self.connection.getsockname()[1])

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), 4 * 1024 * 1024)
        self._answer("POST", self.rfile.read(length))

    def _answer(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        steps = parts.path.strip("/").split("/")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answers: dict[str, Callable[[], None]] = {
            "c": lambda: self._camera(steps, method, body, asked),
            "gb": lambda: self._gateway(steps[1:], asked),
            "recorder": lambda: self._recorder(method, asked),
            "police": lambda: self._police(method, body, asked),
            "media": lambda: self._media(steps[1:], asked),
        }
        answers.get(steps[0], self._missing)()

    # --- cameras -------------------------------------------------------------------------

    def _camera(self, steps: list[str], method: str, body: bytes, asked: dict[str, str]) -> None:
        if len(steps) < 3 or not steps[1].isdecimal():
            return self._missing()
        number, what = int(steps[1]), steps[2]
        if what == "fault" and method == "POST":
            return self._set_fault(number, asked)
        if what == "onvif":
            return self._onvif(number, body)
        if not self._is_known(method):
            return self._challenge()
        if what == "picture.jpg":
            return self._send(200, "image/jpeg", self.street.jpeg(number))
        if what == "stream":
            return self._stream(number)
        return self._missing()

    def _set_fault(self, number: int, asked: dict[str, str]) -> None:
        self.street.faults.pop(number, None)
        if name := asked.get("name"):
            self.street.faults[number] = (name, asked.get("severity", "medium"), time.time())
        self._json({"fault": asked.get("name", "")})

    def _stream(self, number: int, seconds: float = 3600) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                picture = self.street.jpeg(number)
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
                self.wfile.write(head.encode() + b"\r\n\r\n" + picture + b"\r\n")
                time.sleep(1 / FRAMES_PER_SECOND)
        except OSError:  # the reader left
            return

    def _is_known(self, method: str) -> bool:
        if not self.street.password:
            return True
        said = self.headers.get("Authorization", "")
        if not said.startswith("Digest "):
            return False
        told = {
            name.strip(): value.strip().strip('"')
            for name, _sign, value in (part.partition("=") for part in said[7:].split(","))
        }
        one = _md5(self.street.username, REALM, self.street.password)
        two = _md5(method, told.get("uri", ""))
        wanted = _md5(
            one, told.get("nonce", ""), told.get("nc", ""), told.get("cnonce", ""), "auth", two
        )
        return (
            told.get("username") == self.street.username
            and told.get("uri") == self.path
            and secrets.compare_digest(told.get("response", ""), wanted)
        )

    def _challenge(self) -> None:
        said = f'Digest realm="{REALM}", qop="auth", nonce="{secrets.token_hex(8)}"'
        self._send(401, "text/plain", b"", {"WWW-Authenticate": said})

    # --- ONVIF ---------------------------------------------------------------------------

    def _onvif(self, number: int, body: bytes) -> None:
        try:
            said = ElementTree.fromstring(body)
        except ElementTree.ParseError:
            return self._send(400, "text/plain", b"")
        call = said.find("{http://www.w3.org/2003/05/soap-envelope}Body")[0]
        name = call.tag.rpartition("}")[2]
        if name != "GetSystemDateAndTime" and not self._is_proved(said):
            return self._send(400, "application/soap+xml", b"<s:Fault/>")
        here = f"http://camera.invalid:{self._port}/c/{number}"
        answers = {
            "GetSystemDateAndTime": self._clock_answer(),
            "GetCapabilities": (
                "<tds:Capabilities>"
                f"<tt:Media><tt:XAddr>{here}/onvif/media</tt:XAddr></tt:Media>"
                f"<tt:PTZ><tt:XAddr>{here}/onvif/ptz</tt:XAddr></tt:PTZ></tds:Capabilities>"
            ),
            "GetProfiles": '<trt:Profiles token="main"/>',
            "GetSnapshotUri": f"<tt:Uri>{here}/picture.jpg</tt:Uri>",
            "GetStreamUri": f"<tt:Uri>{here}/stream</tt:Uri>",
            "GetPresets": (
                '<tptz:Preset token="1"><tt:Name>原位</tt:Name></tptz:Preset>'
                '<tptz:Preset token="2"><tt:Name>路口</tt:Name></tptz:Preset>'
            ),
            "GotoPreset": "",
            "ContinuousMove": "",
            "Stop": "",
        }
        if name not in answers:
            return self._send(400, "application/soap+xml", b"<s:Fault/>")
        if name == "GotoPreset":
            self.street.preset[number] = call.findtext(
                "{http://www.onvif.org/ver20/ptz/wsdl}PresetToken", "1"
            )
        if name in ("ContinuousMove", "Stop"):
            self._turn(number, call)
        text = f"<s:Envelope {_NS}><s:Body>{answers[name]}</s:Body></s:Envelope>"
        return self._send(200, "application/soap+xml", text.encode())

    def _turn(self, number: int, call: Any) -> None:
        found = {one.tag.rpartition("}")[2]: one for one in call.iter()}
        speed = found["PanTilt"].attrib if "Velocity" in found else {}
        lasts = found["Timeout"].text or "" if "Timeout" in found else ""
        head = self.street.heads.setdefault(number, Head())
        head.order(
            float(speed.get("x", 0)), float(speed.get("y", 0)),
            float(lasts[2:-1]) if lasts else 60.0, time.time(),
        )  # fmt: skip

    def _clock_answer(self) -> str:
        now = datetime.now(UTC) + timedelta(hours=3)  # cameras' clocks are often wrong
        return (
            "<tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time>"
            f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month>"
            f"<tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
        )

    def _is_proved(self, said: Any) -> bool:
        if not self.street.password:
            return True
        found = {one.tag.rpartition("}")[2]: one.text or "" for one in said.iter()}
        mixed = base64.b64decode(found.get("Nonce", "")) + found.get("Created", "").encode()
        wanted = base64.b64encode(
            hashlib.sha1(mixed + self.street.password.encode()).digest()  # noqa: S324  ONVIF's
        )
        return found.get("Username") == self.street.username and wanted.decode() == found.get(
            "Password"
        )

    # --- gateway, recorder, police, media server -----------------------------------------

    def _gateway(self, steps: list[str], asked: dict[str, str]) -> None:
        if self.headers.get("access-token") != self.street.token:
            return self._json({"code": 401, "msg": "token"})
        here = f"http://127.0.0.1:{self._port}"
        way, number = "/".join(steps[1:-2]), _serial(steps[-1])
        if way == "device/query/snap":
            return self._send(200, "image/jpeg", self.street.jpeg(number))
        if way == "front-end/preset/call":
            self.street.preset[number] = asked.get("presetId", "1")
        data = {
            "device/query/channels": {"channelId": steps[-1]},
            "play/start": {"flv": f"{here}/media/direct/{number}"},
            "front-end/preset/query": [{"presetId": 1, "presetName": "原位"}, {"presetId": 2}],
            "front-end/preset/call": None,
        }
        if steps[1:] == ["common", "channel", "list"]:
            rows = [
                {"channelId": one["gb_code"], "name": one["name"], "longitude": one["lon"],
                 "latitude": one["lat"], "manufacturer": one.get("maker", "")}
                for one in self.street.catalogue
            ]  # fmt: skip
            return self._json({"code": 0, "data": _page(rows, asked, "count", "list")})
        if way not in data:
            return self._json({"code": 404, "msg": "no such call"})
        return self._json({"code": 0, "data": data[way]})

    def _recorder(self, method: str, asked: dict[str, str]) -> None:
        if not self._is_known(method):
            return self._challenge()
        try:
            channel = int(asked["channel"])
            since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        except (KeyError, ValueError):
            return self._send(400, "text/plain", b"")
        kept = self.street.segments.get(channel, [(since, min(until, datetime.now(UTC)))])
        found = [(max(a, since), min(b, until)) for a, b in kept if a < until and b > since]
        self._json(
            {"segments": [{"since": a.isoformat(), "until": b.isoformat()} for a, b in found]}
        )
        return None

    def _police(self, method: str, body: bytes, asked: dict[str, str]) -> None:
        told = [self.headers.get(f"X-{name}", "") for name in ("Timestamp", "Nonce", "Signature")]
        wanted = signature(self.street.key, method, self.path, told[0], told[1], body)
        if not secrets.compare_digest(wanted, told[2]):
            return self._send(401, "text/plain", b"")
        if method == "POST":
            self.street.received.append(json.loads(body))
            return self._json({"taken": True})
        return self._json(_page(self.street.catalogue, asked, "size", "cameras"))

    def _media(self, steps: list[str], asked: dict[str, str]) -> None:
        if len(steps) == 2 and steps[0] == "direct" and steps[1].isdecimal():
            return self._stream(int(steps[1]))
        if len(steps) not in (2, 3) or steps[0] != "play":
            return self._missing()
        values = {"code": steps[1], **asked}
        told = values.pop("sign", "")
        if not is_signed(values, told) or int(values.get("until") or 0) < time.time():
            return self._send(403, "text/plain", b"", ANY_PAGE)
        left_s = int(values["until"]) - time.time()
        if len(steps) == 2:
            return self._stream(_serial(steps[1]), left_s)
        return self._reel(_serial(steps[1]), steps[2], asked)

    def _reel(self, number: int, what: str, asked: dict[str, str]) -> None:
        """The same pictures as parts of a film; see ``reels``."""
        span = (int(asked["since"]), int(asked["to"])) if asked.get("since") else None
        draw = partial(self.street.frame, number)
        if what == "index.m3u8":
            text = reels.playlist(self.path.partition("?")[2], span=span, now=time.time())
            return self._send(200, reels.PLAYLIST_TYPE, text.encode(), ANY_PAGE)
        if what == "video.mp4":
            return self._film(draw, span)
        part = what.removesuffix(".m4s")
        if what != "init.mp4" and not part.isdecimal():
            return self._missing()
        head, body = reels.part(draw, int(part) if part.isdecimal() else 0)
        return self._send(200, "video/mp4", head if what == "init.mp4" else body, ANY_PAGE)

    def _film(self, draw: reels.Draw, span: tuple[int, int] | None) -> None:
        """One file that is written while it is read."""
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        first = int((span[0] if span else time.time()) / reels.PART_S)
        last = int(span[1] / reels.PART_S) if span else first + 900
        try:
            for number in range(first, last + 1):
                head, body = reels.part(draw, number, begins=first)
                self.wfile.write(body if number > first else head + body)
                time.sleep(max(0.0, (number + 1) * reels.PART_S - time.time()))
        except OSError:  # the reader left
            return

    def _missing(self) -> None:
        self._send(404, "text/plain", b"")

    def _json(self, answer: Any) -> None:
        self._send(200, "application/json", json.dumps(answer, ensure_ascii=False).encode())

    def _send(
        self, status: int, media_type: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        with contextlib.suppress(ConnectionError):  # the reader left
            self.end_headers()
            self.wfile.write(body)


class StreetServer(ThreadingHTTPServer):
    """Serves a street; each connection a thread that ends with the process."""

    daemon_threads = True
    request_queue_size = 128


def serve(street: Street, port: int = 0) -> StreetServer:
    """Will open the street on 127.0.0.1; port 0: any free one. ``serve_forever`` runs it."""
    handler = type("Handler", (_Handler,), {"street": street})
    return StreetServer(("127.0.0.1", port), handler)


def start(street: Street, port: int = 0) -> tuple[StreetServer, str]:
    """Will run the street in a thread and give it with its address; ``shutdown`` ends it."""
    server = serve(street, port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def _page(
    rows: list[dict[str, Any]], asked: dict[str, str], size: str, name: str
) -> dict[str, Any]:
    page, count = int(asked.get("page", 1)), int(asked.get(size, 100))
    return {"total": len(rows), name: rows[(page - 1) * count : page * count]}


def _serial(code: str) -> int:
    return int(code[-6:]) if code[-6:].isdecimal() else 0


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()  # noqa: S324  HTTP Digest's own
