"""What was sent, made into rows: shape, kind, unit, moment, plausible range. No I/O.

One item is what one device says of one moment:
``{"node": "AQ-1", "at": "2026-11-22T08:00:00+08:00", "values": {"pm25": 35.1},
"units": {"pm25": "μg/m³"}, "quality": "suspect"}``. ``at``: ISO 8601 with zone, or milliseconds
since 1970; absent: now. A value of null is a gap (缺测). ``units``: checked where told.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.sensing.enums import FieldKind, Flaw, Quality, Refusal

#: Clocks of devices may run ahead of ours by so much.
AHEAD = timedelta(minutes=5)
#: Characters of a category.
MOST_LABEL = 200


@dataclass(frozen=True)
class FieldRule:
    """What a value of a field must be; see ``ProfileField``."""

    id: int
    code: str
    unit: str
    kind: str
    low: float | None
    high: float | None
    max_step: float | None
    stuck_after_s: int
    choices: frozenset[str]
    faults: frozenset[str]


@dataclass(frozen=True)
class ProfileRule:
    """What devices of a profile send."""

    code: str
    every_s: int
    offline_after: timedelta
    late_after: timedelta
    fields: Mapping[str, FieldRule]


@dataclass(slots=True)
class Value:
    """One value ready to be stored. index: of the item it came in."""

    index: int
    field: FieldRule
    at: datetime
    value: float | None
    label: str | None
    quality: int
    flaw: int


@dataclass
class Wrong:
    """Why an item, or one field of it, was not taken."""

    index: int
    reason: Refusal
    field: str = ""


@dataclass
class Read:
    """What one item came to. is_fault: whether the device says so itself; None: it says nothing."""

    at: datetime
    values: list[Value] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    is_fault: bool | None = None


def moment_of(told: Any, now: datetime) -> datetime | None:
    """Will give the moment an item is about; None where it cannot be read."""
    if told is None:
        return now
    try:
        if isinstance(told, datetime):
            at = told
        elif isinstance(told, str):
            at = datetime.fromisoformat(told)
        elif isinstance(told, int | float) and not isinstance(told, bool):
            at = datetime.fromtimestamp(told / 1000, tz=UTC)
        else:
            return None
        return at if at.utcoffset() is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def read_item(
    index: int, item: Mapping[str, Any], profile: ProfileRule, *, now: datetime, oldest: datetime
) -> Read:
    """Will read one item of a known device.

    oldest: nothing before it is taken. What is out of range is kept and marked, what is no value
    of its kind, in another unit, or of another time than now is not.
    """
    at = moment_of(item.get("at"), now)
    values, units = item.get("values"), item.get("units") or {}
    if at is None or not isinstance(values, dict) or not values or not isinstance(units, dict):
        return Read(now, wrong=[Wrong(index, Refusal.SHAPE)])
    if at > now + AHEAD:
        return Read(now, wrong=[Wrong(index, Refusal.AHEAD)])
    if at < oldest:
        return Read(now, wrong=[Wrong(index, Refusal.TOO_OLD)])
    quality = Quality.LATE if at < now - profile.late_after else Quality.VALID
    doubted = item.get("quality") == "suspect"
    found = Read(min(at, now))
    for code, told in values.items():
        rule = profile.fields.get(code)
        if rule is None:
            found.wrong.append(Wrong(index, Refusal.UNKNOWN_FIELD, str(code)[:40]))
        elif units and code in units and units[code] != rule.unit:
            found.wrong.append(Wrong(index, Refusal.WRONG_UNIT, code))
        elif (value := _value(index, rule, at, told, quality)) is None:
            found.wrong.append(Wrong(index, Refusal.NOT_A_VALUE, code))
        else:
            if doubted and value.quality != Quality.MISSING:
                value.quality, value.flaw = Quality.SUSPECT, Flaw.TOLD
            if rule.faults and value.quality != Quality.MISSING:
                said = value.label if value.label is not None else f"{value.value:g}"
                found.is_fault = bool(found.is_fault) or said in rule.faults
            found.values.append(value)
    return found


def _value(index: int, rule: FieldRule, at: datetime, told: Any, quality: int) -> Value | None:
    """None: no value of this kind."""
    if told is None:
        return Value(index, rule, at, None, None, Quality.MISSING, Flaw.NONE)
    if rule.kind == FieldKind.CATEGORY:
        if not isinstance(told, str) or len(told) > MOST_LABEL or "\x00" in told:
            return None
        if rule.choices and told not in rule.choices:  # a field told by its device has none
            return None
        return Value(index, rule, at, None, told, quality, Flaw.NONE)
    if rule.kind == FieldKind.BOOLEAN:
        if told not in (0, 1) or isinstance(told, str | float):
            return None
        return Value(index, rule, at, float(told), None, quality, Flaw.NONE)
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    if (rule.low is not None and number < rule.low) or (
        rule.high is not None and number > rule.high
    ):
        return Value(index, rule, at, number, None, Quality.SUSPECT, Flaw.RANGE)
    return Value(index, rule, at, number, None, quality, Flaw.NONE)
