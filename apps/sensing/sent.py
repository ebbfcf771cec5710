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
from typing import Any, NamedTuple

from apps.common import columns
from apps.sensing.enums import FieldKind, Flaw, Quality, Refusal

#: Clocks of devices may run ahead of ours by so much.
AHEAD = timedelta(minutes=5)
#: Stands for no number; nobody may send it.
NONE = math.nan
#: Characters of a category.
MOST_LABEL = 200


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a value of a field must be; see ``ProfileField``.

    floor, ceiling: a number between them needs no second look; floor is above where each needs
    one. max_step: ``inf`` where none is too large, looked for within span_us. stuck_after_us: 0
    for never.
    """

    id: int
    code: str
    unit: str
    kind: str
    low: float | None
    high: float | None
    choices: frozenset[str]
    faults: frozenset[str]
    max_step: float
    span_us: int
    stuck_after_us: int
    floor: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """What devices of a profile send."""

    code: str
    offline_after: timedelta
    late_after: timedelta
    fields: Mapping[str, FieldRule]


@dataclass(slots=True)
class Sent:
    """The values of a call that can be stored, a list per property: so they reach the database.

    items: index of the item each came in. places: of its series among those known, -1 for none.
    moments: see ``columns.MOMENT``. numbers: ``NONE`` for a gap and for a category, whose code
    is in labels by place in these lists.
    """

    items: list[int] = field(default_factory=list)
    rules: list[FieldRule] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    qualities: list[int] = field(default_factory=list)
    flaws: list[int] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Wrong:
    """Why an item, or one field of it, was not taken."""

    index: int
    reason: Refusal
    field: str = ""


@dataclass(slots=True)
class Read:
    """What one item came to. count: of its values that can be stored.

    is_fault: whether the device says so itself; None: it says nothing.
    """

    at: datetime
    wrong: list[Wrong] = field(default_factory=list)
    count: int = 0
    is_fault: bool | None = None


class _Value(NamedTuple):
    """One value that is more than a number within its range."""

    number: float
    label: str | None
    quality: int
    flaw: int


class Reader:
    """Reads the items of one call into ``sent``, in order.

    oldest: nothing before it is taken. A moment written alike again is read once.
    """

    def __init__(self, *, now: datetime, oldest: datetime) -> None:
        self.sent = Sent()
        self._now, self._oldest = now, oldest
        self._moments: dict[str, datetime | None] = {}

    def read(
        self,
        index: int,
        item: Mapping[str, Any],
        profile: ProfileRule,
        places: Mapping[int, int],
    ) -> Read:
        """Will read one item of a known device. places: of its series, by field.

        What is out of range is kept and marked; what is no value of its kind, in another unit,
        or of another time than now is not.
        """
        at = self._moment(item.get("at"))
        values, units = item.get("values"), item.get("units") or {}
        if at is None or not isinstance(values, dict) or not values or not isinstance(units, dict):
            return refused(index, Refusal.SHAPE, self._now)
        if at > self._now + AHEAD:
            return refused(index, Refusal.AHEAD, self._now)
        if at < self._oldest:
            return refused(index, Refusal.TOO_OLD, self._now)
        if item.get("quality") == "suspect":
            mark = (int(Quality.SUSPECT), int(Flaw.TOLD))
        else:
            is_late = at < self._now - profile.late_after
            mark = (int(Quality.LATE if is_late else Quality.VALID), int(Flaw.NONE))
        read, sent, first = Read(at), self.sent, len(self.sent.numbers)
        odd = self._read_values(read, index, profile, values, units, mark)
        read.count = len(sent.numbers) - first
        sent.items += [index] * read.count
        sent.moments += [columns.micros(at)] * read.count
        sent.places += [places.get(rule.id, -1) for rule in sent.rules[first:]]
        sent.qualities += [mark[0]] * read.count
        sent.flaws += [mark[1]] * read.count
        for place, value in odd:
            sent.qualities[place], sent.flaws[place] = value.quality, value.flaw
        return read

    def _read_values(
        self,
        read: Read,
        index: int,
        profile: ProfileRule,
        values: Mapping[str, Any],
        units: Mapping[str, Any],
        mark: tuple[int, int],
    ) -> list[tuple[int, _Value]]:
        """Gives those that are marked otherwise than their item, with their places."""
        rules, numbers, odd = self.sent.rules, self.sent.numbers, []
        for code, told in values.items():
            rule = profile.fields.get(code)
            if rule is None:
                read.wrong.append(Wrong(index, Refusal.UNKNOWN_FIELD, str(code)[:40]))
                continue
            if units and code in units and units[code] != rule.unit:
                read.wrong.append(Wrong(index, Refusal.WRONG_UNIT, code))
                continue
            if (type(told) is float or type(told) is int) and rule.floor <= told <= rule.ceiling:
                number = told
            else:
                value = _value(rule, told, mark)
                if value is None:
                    read.wrong.append(Wrong(index, Refusal.NOT_A_VALUE, code))
                    continue
                odd.append((len(numbers), value))
                number = value.number
                if value.label is not None:
                    self.sent.labels[len(numbers)] = value.label
                if rule.faults and value.quality != Quality.MISSING:
                    said = value.label if value.label is not None else f"{number:g}"
                    read.is_fault = bool(read.is_fault) or said in rule.faults
            rules.append(rule)
            numbers.append(number)
        return odd

    def _moment(self, told: Any) -> datetime | None:
        if not isinstance(told, str):
            return moment_of(told, self._now)
        if told not in self._moments:
            self._moments[told] = moment_of(told, self._now)
        return self._moments[told]


def refused(index: int, reason: Refusal, now: datetime) -> Read:
    """Will give what an item comes to of which nothing is taken."""
    return Read(now, wrong=[Wrong(index, reason)])


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


def _value(rule: FieldRule, told: Any, mark: tuple[int, int]) -> _Value | None:
    """None: no value of this kind."""
    if told is None:
        return _Value(NONE, None, Quality.MISSING, Flaw.NONE)
    if rule.kind == FieldKind.CATEGORY:
        if not isinstance(told, str) or len(told) > MOST_LABEL or "\x00" in told:
            return None
        if rule.choices and told not in rule.choices:  # a field told by its device has none
            return None
        return _Value(NONE, told, *mark)
    if rule.kind == FieldKind.BOOLEAN:
        if told not in (0, 1) or isinstance(told, str | float):
            return None
        return _Value(float(told), None, *mark)
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    is_beyond = (rule.low is not None and number < rule.low) or (
        rule.high is not None and number > rule.high
    )
    if is_beyond and mark[1] != Flaw.TOLD:
        return _Value(number, None, Quality.SUSPECT, Flaw.RANGE)
    return _Value(number, None, *mark)
