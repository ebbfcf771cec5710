"""ONVIF: the few calls a city needs, written out. Source: ONVIF Core, Media and PTZ services.

Answers name addresses of the camera as it knows itself, often wrong behind a router: only port
and path are taken from them, the host stays the one that was registered. The camera's clock is
asked first, without credentials, because the proof of the password counts from it. XML is read
by defusedxml, so neither entities nor outside documents are followed.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element  # types only; reading is defusedxml's
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.video.adapters.base import (
    MOST_PICTURE_BYTES,
    TURN_S,
    Adapter,
    Preset,
    Stream,
    Turn,
    Way,
    check_picture,
    with_credentials,
)
from apps.video.adapters.web import ask
from apps.video.errors import NoPicture
from apps.video.networks import Place, check_url

_S = "http://www.w3.org/2003/05/soap-envelope"
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
_USERNAME = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_TYPES = {"Content-Type": "application/soap+xml; charset=utf-8", "Accept": "application/soap+xml"}


class _Camera:
    """One conversation with one camera: its clock and its services are asked once."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.device = way.there()
        self.ahead = self._ahead()
        self._services: dict[str, Place] = {}

    def _ahead(self) -> timedelta:
        """How far the camera's clock is ahead of ours; nothing where it does not tell."""
        said = self._send(self.device, f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>', proof="")
        utc = said.find(f".//{{{_SCHEMA}}}UTCDateTime")
        if utc is None:
            return timedelta(0)
        parts = ("Year", "Month", "Day", "Hour", "Minute", "Second")
        try:
            told = [int(utc.findtext(f".//{{{_SCHEMA}}}{part}") or "") for part in parts]
            moment = datetime(*told, tzinfo=UTC)  # type: ignore[arg-type,misc]
        except ValueError:
            return timedelta(0)
        return moment - clock.now()

    def call(self, place: Place, body: str) -> Element:
        """Will send one call with the proof of the password. Raises: NoPicture."""
        return self._send(place, body, proof=self._proof())

    def service(self, name: str) -> Place:
        """Will give where a service ("Media", "PTZ") is called. Raises: NoPicture."""
        if not self._services:
            said = self.call(
                self.device,
                f'<GetCapabilities xmlns="{_DEVICE}"><Category>All</Category></GetCapabilities>',
            )
            for one in ("Media", "PTZ"):
                address = said.findtext(f".//{{{_SCHEMA}}}{one}/{{{_SCHEMA}}}XAddr")
                if address:
                    self._services[one] = self.here(address, ("http", "https"))
        if name not in self._services:
            raise NoPicture("unsupported")
        return self._services[name]

    def profile(self) -> str:
        """Will give the token of the media profile in use. Raises: NoPicture."""
        if self.way.profile:
            return self.way.profile
        said = self.call(self.service("Media"), f'<GetProfiles xmlns="{_MEDIA}"/>')
        token = next((one.get("token") for one in _named(said, "Profiles", _MEDIA)), None)
        if not token:
            raise NoPicture("bad_answer")
        return token

    def here(self, address: str, schemes: tuple[str, ...]) -> Place:
        """Will put an address the camera named onto the host it was registered under."""
        try:
            parts = urlsplit(address.strip())
            port = f":{parts.port}" if parts.port else ""
            host = f"[{self.device.host}]" if ":" in self.device.host else self.device.host
            query = f"?{parts.query}" if parts.query else ""
            return check_url(f"{parts.scheme}://{host}{port}{parts.path}{query}", schemes=schemes)
        except (ValueError, InvalidInput) as error:
            raise NoPicture("bad_answer") from error

    def _proof(self) -> str:
        if not self.way.username:
            return ""
        nonce = secrets.token_bytes(16)
        created = (clock.now() + self.ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
        mixed = hashlib.sha1(  # noqa: S324  the profile of WS-Security knows no other
            nonce + created.encode() + self.way.password.encode()
        ).digest()
        return (
            f'<Security xmlns="{_WSSE}-secext-1.0.xsd"><UsernameToken>'
            f"<Username>{escape(self.way.username)}</Username>"
            f'<Password Type="{_USERNAME}#PasswordDigest">{base64.b64encode(mixed).decode()}'
            f"</Password><Nonce>{base64.b64encode(nonce).decode()}</Nonce>"
            f'<Created xmlns="{_WSSE}-utility-1.0.xsd">{created}</Created>'
            "</UsernameToken></Security>"
        )

    def _send(self, place: Place, body: str, *, proof: str) -> Element:
        head = f"<s:Header>{proof}</s:Header>" if proof else ""
        sent = f'<s:Envelope xmlns:s="{_S}">{head}<s:Body>{body}</s:Body></s:Envelope>'
        try:
            answer = ask(place, self.way, body=sent.encode(), headers=_TYPES)
        except NoPicture as refusal:
            # ONVIF says "not authorised" with a fault of status 400 or 500 as well.
            if refusal.code == "bad_answer" and proof:
                raise NoPicture("wrong_password") from refusal
            raise
        try:
            found: Element = ElementTree.fromstring(answer.body)
        except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
            raise NoPicture("bad_answer") from error
        if found.find(f".//{{{_S}}}Fault") is not None:
            raise NoPicture("bad_answer")
        return found


def _named(found: Element, name: str, space: str) -> Iterable[Element]:
    return found.iter(f"{{{space}}}{name}")


def _uri(found: Element) -> str:
    uri = found.findtext(f".//{{{_SCHEMA}}}Uri")
    if not uri:
        raise NoPicture("bad_answer")
    return uri


def _check(way: Way) -> None:
    _Camera(way).profile()


def _picture(way: Way) -> bytes:
    camera = _Camera(way)
    token = escape(camera.profile())
    body = f'<GetSnapshotUri xmlns="{_MEDIA}"><ProfileToken>{token}</ProfileToken></GetSnapshotUri>'
    place = camera.here(_uri(camera.call(camera.service("Media"), body)), ("http", "https"))
    return check_picture(ask(place, way, most_bytes=MOST_PICTURE_BYTES).body)


def _stream(way: Way) -> Stream:
    camera = _Camera(way)
    token = escape(camera.profile())
    body = (
        f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup>'
        f'<Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        f"<ProfileToken>{token}</ProfileToken></GetStreamUri>"
    )
    uri = _uri(camera.call(camera.service("Media"), body))
    return with_credentials(camera.here(uri, ("rtsp", "http")), way)


def _presets(way: Way) -> list[Preset]:
    camera = _Camera(way)
    token = escape(camera.profile())
    body = f'<GetPresets xmlns="{_PTZ}"><ProfileToken>{token}</ProfileToken></GetPresets>'
    said = camera.call(camera.service("PTZ"), body)
    return [
        Preset(one.get("token", "")[:64], (one.findtext(f"{{{_SCHEMA}}}Name") or "")[:64])
        for one in _named(said, "Preset", _PTZ)
        if one.get("token")
    ][:300]


def _go_to(way: Way, preset: str) -> None:
    camera = _Camera(way)
    body = (
        f'<GotoPreset xmlns="{_PTZ}"><ProfileToken>{escape(camera.profile())}</ProfileToken>'
        f"<PresetToken>{escape(preset)}</PresetToken></GotoPreset>"
    )
    camera.call(camera.service("PTZ"), body)


def _turn(way: Way, turn: Turn) -> None:
    camera = _Camera(way)
    token = escape(camera.profile())
    if turn.is_stop:
        body = (
            f'<Stop xmlns="{_PTZ}"><ProfileToken>{token}</ProfileToken>'
            "<PanTilt>true</PanTilt><Zoom>true</Zoom></Stop>"
        )
    else:
        body = (
            f'<ContinuousMove xmlns="{_PTZ}"><ProfileToken>{token}</ProfileToken><Velocity>'
            f'<PanTilt xmlns="{_SCHEMA}" x="{turn.pan:.2f}" y="{turn.tilt:.2f}"/>'
            f'<Zoom xmlns="{_SCHEMA}" x="{turn.zoom:.2f}"/></Velocity>'
            f"<Timeout>PT{TURN_S}S</Timeout></ContinuousMove>"
        )
    camera.call(camera.service("PTZ"), body)


ADAPTER = Adapter(
    check=_check, stream=_stream, picture=_picture, presets=_presets, go_to=_go_to, turn=_turn
)
