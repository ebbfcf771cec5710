"""Catalogues of cameras exchanged with other platforms. Source: VD-01.

Of the police's platform: ``GET <url>/api/v1/cameras?page=1&size=500`` answers ``{"total": n,
"cameras": [{"id", "gb_code", "name", "lon", "lat", "maker", "address", "heading", "ptz"}]}``;
``POST <url>/api/v1/cameras`` takes ``{"page", "pages", "cameras": [...]}``. Both are signed:
``X-Timestamp`` (seconds since 1970), ``X-Nonce`` and ``X-Signature``, the hexadecimal HMAC-SHA256
of method, path with query, time, nonce and the SHA-256 of the body, joined by line feeds.
Of a GB/T 28181 gateway: ``/api/common/channel/list?page=1&count=500``.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.common import clock
from apps.video.adapters.base import Way
from apps.video.adapters.gateway import fetch
from apps.video.adapters.web import ask
from apps.video.errors import NoPicture
from apps.video.networks import Place

PAGE = 500
MOST_PAGES = 400


@dataclass(frozen=True)
class Entry:
    """One camera as a platform tells of it. heading: degrees, None where it does not say."""

    outside_id: str
    gb_code: str
    name: str
    lon: float | None
    lat: float | None
    maker: str = ""
    address: str = ""
    heading: float | None = None
    has_ptz: bool = False


def police_entries(place: Place, key: str) -> Iterator[Entry]:
    """Will read the whole catalogue, page by page. Raises: NoPicture."""
    for page in range(1, MOST_PAGES + 1):
        path = f"/api/v1/cameras?page={page}&size={PAGE}"
        told = _answered(_signed(place, key, "GET", path, b""), None)
        rows = told.get("cameras")
        if not isinstance(rows, list):
            raise NoPicture("bad_answer")
        yield from (_entry(row, "id", "gb_code", "lon", "lat", "maker") for row in rows)
        if page * PAGE >= _total(told):
            return
    raise NoPicture("too_large")


def gateway_entries(place: Place, token: str) -> Iterator[Entry]:
    """Will read the channels of a gateway, page by page. Raises: NoPicture."""
    way = Way(place, token=token)
    for page in range(1, MOST_PAGES + 1):
        told = fetch(way, f"/api/common/channel/list?page={page}&count={PAGE}")
        rows = told.get("list") if isinstance(told, dict) else None
        if not isinstance(rows, list):
            raise NoPicture("bad_answer")
        for row in rows:
            yield _entry(row, "channelId", "channelId", "longitude", "latitude", "manufacturer")
        if page * PAGE >= _total(told):
            return
    raise NoPicture("too_large")


def send_entries(place: Place, key: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Will send a catalogue, page by page; the platform takes each page once. Raises: NoPicture."""
    pages = max(1, -(-len(entries) // PAGE))
    for page in range(pages):
        part = entries[page * PAGE : (page + 1) * PAGE]
        sent = {"page": page + 1, "pages": pages, "cameras": list(part)}
        body = json.dumps(sent, ensure_ascii=False).encode()
        _answered(_signed(place, key, "POST", "/api/v1/cameras", body), body)


def signature(key: str, method: str, path: str, moment: str, nonce: str, body: bytes) -> str:
    """Will sign one request; see the head of this module."""
    text = "\n".join([method, path, moment, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _signed(
    place: Place, key: str, method: str, path: str, body: bytes
) -> tuple[Place, dict[str, str]]:
    whole = place.path.rstrip("/") + path
    moment, nonce = str(int(clock.now().timestamp())), secrets.token_hex(12)
    headers = {
        "X-Timestamp": moment,
        "X-Nonce": nonce,
        "X-Signature": signature(key, method, whole, moment, nonce, body),
    }
    return Place(place.scheme, place.host, place.port, whole), headers


def _answered(asked: tuple[Place, dict[str, str]], body: bytes | None) -> dict[str, Any]:
    place, headers = asked
    try:
        told = ask(place, Way(place), body=body, headers=headers).json()
    except (ValueError, RecursionError) as error:
        raise NoPicture("bad_answer") from error
    if not isinstance(told, dict):
        raise NoPicture("bad_answer")
    return told


def _total(told: dict[str, Any]) -> int:
    total = told.get("total")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise NoPicture("bad_answer")
    return total


def _entry(row: Any, outside: str, code: str, lon: str, lat: str, maker: str) -> Entry:
    if not isinstance(row, dict):
        raise NoPicture("bad_answer")
    heading = _number(row.get("heading"))
    return Entry(
        str(row.get(outside) or "")[:64],
        str(row.get(code) or "")[:40],
        str(row.get("name") or "").strip()[:80],
        _number(row.get(lon)),
        _number(row.get(lat)),
        str(row.get(maker) or "")[:80],
        str(row.get("address") or "")[:200],
        None if heading is None else heading % 360,
        bool(row.get("ptz") or row.get("ptzType")),
    )


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value == value and abs(value) < 1e6 else None
