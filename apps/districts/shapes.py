"""What a row of each class looks like on the line, and whether one does; pure functions.

Both sides are held to it: the district writes such rows, the city refuses others and names the
field. Every row has ``origin`` (1-160 characters, its identity in the district) and ``version``
(a whole number that rises with every change). Times are ISO 8601 with a zone, lon and lat
degrees in EPSG:4326. Of a device, an alarm or a case that is no longer passed on a row says
nothing but ``"gone": true``.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from apps.districts.enums import Kind
from apps.matters.enums import StateCategory
from apps.sensing.enums import DeviceState

MOST_ROWS = 500  # in one batch
LARGEST = 2**63 - 1

Check = Callable[[Any], Any]


class WrongRow(Exception):
    """A row that is not taken. field: of it; reason: one Chinese sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Row:
    """A row that was understood. values: every known field, times as aware datetimes."""

    origin: str
    version: int
    values: Mapping[str, Any]
    data: Mapping[str, Any]
    digest: str

    @property
    def is_gone(self) -> bool:
        """Will tell whether the row says that it is no longer passed on."""
        return bool(self.values.get("gone"))


def read_row(kind: str, given: Any) -> Row:
    """Will read one row. Raises: WrongRow (the first field that is wrong)."""
    if not isinstance(given, dict):
        raise WrongRow("row", _("每一行应为对象"))
    origin = _checked("origin", given.get("origin"), _text(160))
    version = _checked("version", given.get("version"), _whole(1, LARGEST))
    known = _GONE_FIELDS if "gone" in given and kind in LEAVING else FIELDS[Kind(kind)]
    if unknown := given.keys() - known.keys() - {"origin", "version"}:
        raise WrongRow(min(unknown)[:40], _("没有这个字段"))
    values = {name: _checked(name, given.get(name), check) for name, check in known.items()}
    if (values.get("lon") is None) != (values.get("lat") is None):
        raise WrongRow("lat", _("经度和纬度应同时给出"))
    data = {name: given.get(name) for name in known}
    return Row(origin, version, values, data, digest_of(data))


def digest_of(data: Mapping[str, Any]) -> str:
    """Will give the SHA-256 of what a row says, whatever the order of its members."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def origin_of(given: Any) -> str:
    """Will give the identity a row claims, for telling which one was refused; "" without one."""
    origin = given.get("origin") if isinstance(given, dict) else None
    return origin[:160].replace("\x00", "") if isinstance(origin, str) else ""


def _checked(name: str, value: Any, check: Check) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise WrongRow(name, str(error)) from error


def _text(most: int, *, least: int = 1) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or "\x00" in value:
            raise ValueError(
                _("应为 %(least)d 至 %(most)d 个字符的文本") % {"least": least, "most": most}
            )
        return value

    return check


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(
                _("应为 %(least)d 至 %(most)d 的整数") % {"least": least, "most": most}
            )
        return value

    return check


def _number(least: float, most: float) -> Check:
    def check(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not least <= value <= most:
            raise ValueError(_("应为有限的数值，且在允许范围内"))
        return float(value)

    return check


def _moment(value: Any) -> datetime:
    try:
        found = parse_datetime(value) if isinstance(value, str) and len(value) < 60 else None
    except ValueError:
        found = None
    if found is None or not is_aware(found):
        raise ValueError(_("应为带时区的 ISO 8601 时间"))
    return found


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("应为 true 或 false"))
    return value


def _gone(value: Any) -> bool:
    if value is not True:
        raise ValueError(_("只能为 true"))
    return True


def _one_of(*known: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(_("应为其中之一：%s") % "、".join(known))
        return value

    return check


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


#: What can leave again. An hour that was passed on stays true wherever its device goes.
LEAVING = frozenset({Kind.DEVICES, Kind.ALARMS, Kind.CASES})
GONE: Mapping[str, Any] = {"gone": True}
GONE_DIGEST = digest_of(GONE)
#: In place of a digest: what the other side has of a row is not certain, it must go again.
UNCERTAIN = ""
_GONE_FIELDS: Mapping[str, Check] = {"gone": _gone}
_ANY = _text(200, least=0)
_VALUE = _or_none(_number(-1e300, 1e300))
_PLACE: dict[str, Check] = {
    "area": _text(40),
    "lon": _or_none(_number(-180, 180)),
    "lat": _or_none(_number(-90, 90)),
}
FIELDS: Mapping[Kind, Mapping[str, Check]] = {
    Kind.DEVICES: _PLACE
    | {
        "code": _text(40),
        "name": _text(80),
        "profile": _text(40),
        "profile_name": _text(60),
        "state": _one_of(*DeviceState.values),
        "is_active": _truth,
    },
    Kind.READINGS: {
        "area": _text(40),
        "device": _text(64),
        "field": _text(40),
        "name": _text(40, least=0),
        "unit": _text(20, least=0),
        "hour": _moment,
        "count": _whole(0, 10**7),
        "suspects": _whole(0, 10**7),
        "low": _VALUE,
        "high": _VALUE,
        "mean": _VALUE,
    },
    Kind.ALARMS: _PLACE
    | {
        "source": _text(20),
        "kind": _text(60),
        "title": _text(120),
        "about": _text(120, least=0),
        "sentence": _text(500, least=0),
        "level": _whole(1, 4),
        "raised_at": _moment,
        "ended_at": _or_none(_moment),
    },
    Kind.CASES: _PLACE
    | {
        "number": _text(20),
        "matter": _text(80),
        "matter_name": _text(80, least=0),
        "class_code": _text(40, least=0),
        "class_label": _text(80, least=0),
        "category": _one_of(*StateCategory.values),
        "title": _ANY,
        "text": _text(4000, least=0),
        "address": _ANY,
        "opened_at": _moment,
        "accepted_at": _or_none(_moment),
        "due_at": _or_none(_moment),
        "closed_at": _or_none(_moment),
    },
}
