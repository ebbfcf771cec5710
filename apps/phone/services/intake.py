"""Reading what a phone sent: every part is checked for shape, and named when it is wrong."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.phone.deeds import Spot
from apps.phone.deeds.base import is_number
from apps.phone.errors import BadDeed

SHA256_LENGTH = 64
_CONTENT = ("kind", "at", "form_version", "base_version", "place", "values", "files")


@dataclass(frozen=True)
class Sent:
    """A deed as it came. content: what counts as the same deed; digest: of that."""

    key: UUID
    kind: str
    at: datetime
    form_version: int | None
    base_version: int | None
    spot: Spot | None
    values: dict[str, Any]
    files: tuple[str, ...]
    content: dict[str, Any]
    digest: str


def read_deed(item: Any) -> Sent:
    """Will read one deed of a batch.

    Raises: BadDeed (the field that cannot be read).
    """
    if not isinstance(item, Mapping):
        raise BadDeed(_("内容格式不对"))
    content = {name: item.get(name) for name in _CONTENT}
    values = item.get("values") or {}
    if not isinstance(values, dict):
        raise BadDeed(_("内容格式不对"), field="values")
    return Sent(
        key=read_key(item),
        kind=_text(item, "kind"),
        at=read_moment(item, "at"),
        form_version=_count(item, "form_version"),
        base_version=_count(item, "base_version"),
        spot=_spot(item.get("place")),
        values=values,
        files=_digests(item.get("files") or []),
        content=content,
        digest=_digest(content),
    )


def read_key(item: Mapping[str, Any]) -> UUID:
    """Will give the deed's own id. Raises: BadDeed."""
    try:
        return UUID(str(item.get("key")))
    except ValueError as error:
        raise BadDeed(_("编号格式不对"), field="key") from error


def read_moment(item: Mapping[str, Any], name: str) -> datetime:
    """Will give an aware moment. Raises: BadDeed."""
    try:
        found = parse_datetime(str(item.get(name)))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadDeed(_("时间格式不对"), field=name)
    return found


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 30:
        raise BadDeed(_("内容格式不对"), field=name)
    return value


def _count(item: Mapping[str, Any], name: str) -> int | None:
    value = item.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadDeed(_("版本号格式不对"), field=name)
    return value


def _spot(place: Any) -> Spot | None:
    if place is None:
        return None
    if not isinstance(place, Mapping):
        raise BadDeed(_("位置格式不对"), field="place")
    lon, lat = _degrees(place, "lon", 180), _degrees(place, "lat", 90)
    accuracy = place.get("accuracy_m")
    if accuracy is not None and not (is_number(accuracy) and 0 <= accuracy < 1e6):
        raise BadDeed(_("定位误差格式不对"), field="place")
    taken_at = read_moment(place, "taken_at") if place.get("taken_at") else None
    return Spot(lon, lat, accuracy, taken_at, picked=place.get("picked") is True)


def _degrees(place: Mapping[str, Any], name: str, limit: float) -> float:
    value = place.get(name)
    if not is_number(value) or abs(value) > limit:
        raise BadDeed(_("位置格式不对"), field="place")
    return float(value)


def _digests(files: Any) -> tuple[str, ...]:
    if not isinstance(files, list):
        raise BadDeed(_("照片格式不对"), field="files")
    for digest in files:
        if not is_sha256(digest):
            raise BadDeed(_("照片格式不对"), field="files")
    return tuple(dict.fromkeys(files))


def is_sha256(digest: Any) -> bool:
    """Will tell whether this is a SHA-256 in small hexadecimal digits."""
    return (
        isinstance(digest, str)
        and len(digest) == SHA256_LENGTH
        and set(digest) <= set("0123456789abcdef")
    )


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=True)
    if "\\u0000" in text:  # a NUL, which no text column takes
        raise BadDeed(_("含有不能保存的字符"), field="values")
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise BadDeed(_("含有不能保存的字符"), field="values") from error
