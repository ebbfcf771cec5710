"""Cameras behind a GB/T 28181 gateway, by its REST interface: signalling stays the gateway's.

The contract is the one common gateways speak: ``access-token`` in the head, answers
``{"code": 0, "msg": "", "data": …}``, a camera named by device and channel, 20 digits each.
Source: GB/T 28181-2016 (what is behind it); VD-01.
"""

from typing import Any

from apps.common.errors import InvalidInput
from apps.video.adapters.base import (
    MOST_PICTURE_BYTES,
    Adapter,
    Preset,
    Stream,
    Way,
    check_picture,
)
from apps.video.adapters.web import ask
from apps.video.errors import NoPicture
from apps.video.networks import Place, check_url


def fetch(way: Way, path: str) -> Any:
    """Will give the data a gateway answers with. Raises: NoPicture."""
    answer = ask(_below(way, path), way, headers={"access-token": way.token})
    try:
        told = answer.json()
    except (ValueError, RecursionError) as error:
        raise NoPicture("bad_answer") from error
    if not isinstance(told, dict):
        raise NoPicture("bad_answer")
    if told.get("code") == 401:
        raise NoPicture("wrong_password")
    if told.get("code") == 404:
        raise NoPicture("not_found")
    if told.get("code") != 0:
        raise NoPicture("bad_answer", str(told.get("msg", ""))[:80])
    return told.get("data")


def _below(way: Way, path: str) -> Place:
    base = way.there()
    return Place(base.scheme, base.host, base.port, base.path.rstrip("/") + path)


def _check(way: Way) -> None:
    told = fetch(way, f"/api/device/query/channels/{_channel(way)}")
    if not isinstance(told, dict):
        raise NoPicture("not_found")


def _stream(way: Way) -> Stream:
    told = fetch(way, f"/api/play/start/{_channel(way)}")
    address = told.get("rtsp") or told.get("flv") if isinstance(told, dict) else None
    if not isinstance(address, str):
        raise NoPicture("bad_answer")
    try:
        place = check_url(address, schemes=("rtsp", "http", "https"))
    except InvalidInput as error:
        raise NoPicture("address_refused") from error
    return Stream(place.url, f"{place.host}:{place.port}")


def _picture(way: Way) -> bytes:
    place = _below(way, f"/api/device/query/snap/{_channel(way)}")
    headers = {"access-token": way.token}
    answer = ask(place, way, headers=headers, most_bytes=MOST_PICTURE_BYTES)
    return check_picture(answer.body)


def _presets(way: Way) -> list[Preset]:
    told = fetch(way, f"/api/front-end/preset/query/{_channel(way)}")
    if not isinstance(told, list):
        raise NoPicture("bad_answer")
    return [
        Preset(str(one.get("presetId"))[:64], str(one.get("presetName") or "")[:64])
        for one in told
        if isinstance(one, dict) and one.get("presetId") is not None
    ][:300]


def _go_to(way: Way, preset: str) -> None:
    if not preset.isdecimal() or len(preset) > 3:
        raise NoPicture("not_found")
    fetch(way, f"/api/front-end/preset/call/{_channel(way)}?presetId={preset}")


def _channel(way: Way) -> str:
    parts = way.channel.split("/")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) == 20 for part in parts):
        raise NoPicture("not_found")
    return way.channel


ADAPTER = Adapter(check=_check, stream=_stream, picture=_picture, presets=_presets, go_to=_go_to)
