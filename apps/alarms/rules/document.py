"""A threshold rule as it is kept (JSON) and as it is followed.

{"levels": [{"level": 3, "raise": "level_m >= 3.5", "clear": "level_m < 3.2", "for_s": 60,
             "clear_for_s": 0, "times": 1, "within_s": 0}],
 "days": "any" | "work" | "rest", "hours": ["08:00", "18:00"],
 "no_data_s": 1800, "no_data_level": 2, "upgrade_s": 3600, "upgrade_to": 4,
 "fade_s": 0, "fade_to": 0, "held": false, "qualities": ["valid"],
 "matter": "", "matter_level": 3, "tests": "…"}

Only "levels" is needed; what is not named is off. Source: AL-02, RU-06.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from apps.alarms.rules.condition import Condition, ConditionError, parse
from apps.alarms.rules.trend import Ahead, base_of, read_ahead

DAYS = ("any", "work", "rest")
LONGEST_S = 30 * 24 * 3600
MOST_TIMES = 100
DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class WorkDays:
    """What a schedule asks of a working calendar: where its days begin, and which are worked."""

    zone: ZoneInfo
    is_working: Callable[[date], bool]


class RuleError(ValueError):
    """A part of a rule that cannot be followed. field: its name. reason: a code, see forms."""

    def __init__(self, field: str, reason: str, part: str = "") -> None:
        super().__init__(f"{field}: {reason} {part}")
        self.field, self.reason, self.part = field, reason, part


@dataclass(frozen=True)
class LevelRule:
    """When one level begins and when it is over.

    clears: None: as soon as ``raises`` does not hold. for_s: so long it must hold, shown by a
    reading at the end of it. times, within_s: so many readings within so long.
    """

    level: int
    raises: Condition
    clears: Condition | None = None
    for_s: int = 0
    clear_for_s: int = 0
    times: int = 1
    within_s: int = 0


@dataclass(frozen=True)
class Schedule:
    """When a level may begin: kinds of days, and minutes of the day [from, to), over midnight
    where to is not after from. calendar: the working days."""

    days: str = "any"
    from_minute: int = 0
    to_minute: int = DAY_MINUTES
    calendar: WorkDays | None = None

    def covers(self, at_ms: int) -> bool:
        """Will tell whether a moment lies within it."""
        if self.days == "any" and (self.from_minute, self.to_minute) == (0, DAY_MINUTES):
            return True
        assert self.calendar is not None
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.calendar.zone)
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.to_minute:
            inside = self.from_minute <= minute < self.to_minute
        else:
            inside = minute >= self.from_minute or minute < self.to_minute
        if not inside or self.days == "any":
            return inside
        return self.calendar.is_working(local.date()) == (self.days == "work")


@dataclass(frozen=True)
class Rule:
    """A rule ready to be followed. levels: from the mildest up. aheads: what it foresees."""

    levels: tuple[LevelRule, ...]
    schedule: Schedule = field(default_factory=Schedule)
    no_data_s: int = 0
    no_data_level: int = 2
    upgrade_s: int = 0
    upgrade_to: int = 0
    fade_s: int = 0
    fade_to: int = 0
    is_held: bool = False
    qualities: frozenset[str] = frozenset({"valid"})
    aheads: tuple[Ahead, ...] = ()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields its conditions look at, as written; what they foresee comes with its field."""
        return tuple(sorted(_fields_of(self.levels) | {one.field for one in self.aheads}))

    @property
    def measured(self) -> frozenset[str]:
        """The fields a device must say for it."""
        return frozenset(base_of(name) for name in self.fields)


def read_rule(body: Mapping[str, Any], calendar: WorkDays | None = None) -> Rule:
    """Will read a kept rule. Raises: RuleError (names the field)."""
    levels = tuple(sorted((_level(one) for one in body.get("levels", ())), key=lambda r: r.level))
    if not levels and not body.get("no_data_s"):
        raise RuleError("levels", "none")
    if len({one.level for one in levels}) != len(levels):
        raise RuleError("levels", "twice")
    seconds = {name: _seconds(body, name) for name in ("no_data_s", "upgrade_s", "fade_s")}
    upgrade_to, fade_to = int(body.get("upgrade_to") or 0), int(body.get("fade_to") or 0)
    if seconds["upgrade_s"] and not 1 <= upgrade_to <= 4:
        raise RuleError("upgrade_to", "level")
    return Rule(
        levels,
        _schedule(body, calendar),
        no_data_level=int(body.get("no_data_level") or 2),
        upgrade_to=upgrade_to,
        fade_to=fade_to,
        is_held=bool(body.get("held")),
        qualities=frozenset(body.get("qualities") or ("valid",)),
        aheads=tuple(one for one in map(read_ahead, sorted(_fields_of(levels))) if one),
        **seconds,
    )


def _fields_of(levels: Sequence[LevelRule]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for one in levels:
        found |= one.raises.fields | (one.clears.fields if one.clears else frozenset())
    return found


def _level(said: Mapping[str, Any]) -> LevelRule:
    level = int(said["level"])
    if not 1 <= level <= 4:
        raise RuleError("levels", "level")
    raises = _condition(said.get("raise", ""), f"raise_{level}")
    clear = str(said.get("clear") or "")
    clears = _condition(clear, f"clear_{level}") if clear else None
    times = int(said.get("times") or 1)
    within = _seconds(said, "within_s", f"within_{level}")
    if not 1 <= times <= MOST_TIMES or (times > 1 and not within):
        raise RuleError(f"times_{level}", "times")
    return LevelRule(
        level,
        raises,
        clears,
        _seconds(said, "for_s", f"for_{level}"),
        _seconds(said, "clear_for_s", f"clear_for_{level}"),
        times,
        within,
    )


def _condition(text: str, name: str) -> Condition:
    try:
        return parse(text)
    except ConditionError as error:
        raise RuleError(name, "condition", error.part) from error


def _seconds(said: Mapping[str, Any], name: str, shown: str = "") -> int:
    found = int(said.get(name) or 0)
    if not 0 <= found <= LONGEST_S:
        raise RuleError(shown or name, "seconds")
    return found


def _schedule(body: Mapping[str, Any], calendar: WorkDays | None) -> Schedule:
    days = body.get("days") or "any"
    if days not in DAYS:
        raise RuleError("days", "days")
    hours = body.get("hours") or ["00:00", "24:00"]
    minutes = [_minute(text) for text in hours]
    return Schedule(days, minutes[0], minutes[1], calendar)


def _minute(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES + 1
    if minute > DAY_MINUTES:
        raise RuleError("hours", "hours", text)
    return minute
