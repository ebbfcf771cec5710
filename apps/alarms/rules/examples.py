"""Test cases of a rule, as data beside it; one a line:

    缓慢上涨: 0 level_m=3.0; 60 level_m=3.6; 120 level_m=3.7 => 120 橙;
    断线: 0 level_m=3.0; 4000 => 1801 中断

A name, the readings (seconds, fields), and after => what must follow: seconds and 红, 橙, 黄,
蓝, 恢复, 中断 or 来数; nothing after => means that nothing may follow. A moment without fields
lets time pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.alarms.rules.condition import ConditionError, Value, value_of
from apps.alarms.rules.document import Rule
from apps.alarms.rules.engine import MS, Effect, Reading, State, begin, step, tick, to_ms

BEGIN = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in the city
MOST = 30
_SAID = {1: "蓝", 2: "黄", 3: "橙", 4: "红"}
_OTHER = {"recover": "恢复", "silent": "中断", "heard": "来数"}
_ORDINARY = ("raise", "level", *_OTHER)


@dataclass(frozen=True)
class Example:
    """A named test case. said: seconds -> fields ({}: time passes). expected: as written."""

    name: str
    said: tuple[tuple[int, dict[str, Value]], ...]
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """What came of a test case."""

    example: Example
    found: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether what followed is what was expected."""
        return self.found == self.example.expected


def read_examples(text: str) -> list[Example]:
    """Will read test cases, one a line. Raises: ConditionError (what cannot be read)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise ConditionError(lines[MOST])
    return [_example(line) for line in lines]


def _example(line: str) -> Example:
    name, colon, rest = line.replace("：", ":").partition(":")
    said, arrow, expected = rest.partition("=>")
    if not colon or not arrow:
        raise ConditionError(line[:40])
    steps = tuple(_moment(part) for part in said.split(";") if part.strip())
    wanted = tuple(" ".join(part.split()) for part in expected.split(";") if part.strip())
    if not steps or list(steps) != sorted(steps, key=lambda step: step[0]):
        raise ConditionError(line[:40])
    return Example(name.strip()[:40], steps, wanted)


def _moment(part: str) -> tuple[int, dict[str, Value]]:
    seconds, *pairs = part.replace(",", " ").split()
    if not seconds.isascii() or not seconds.isdecimal() or len(seconds) > 7:
        raise ConditionError(part.strip()[:40])
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, raw = pair.partition("=")
        if not equals or not name:
            raise ConditionError(pair[:40])
        values[name] = value_of(raw)
    return int(seconds), values


def try_examples(rule: Rule, examples: Sequence[Example]) -> list[Tried]:
    """Will follow the rule through each test case."""
    return [Tried(example, tuple(_follow(rule, example))) for example in examples]


def _follow(rule: Rule, example: Example) -> list[str]:
    state: State = begin()
    found: list[Effect] = []
    for seconds, values in example.said:
        at = BEGIN + timedelta(seconds=seconds)
        if values:
            state, effects = step(rule, state, Reading(0, "", at, values, "valid"))
        else:
            state, effects = tick(rule, state, to_ms(at))
        found += effects
    return [_words(effect) for effect in found if effect.what in _ORDINARY]


def _words(effect: Effect) -> str:
    seconds = (effect.at - to_ms(BEGIN)) // MS
    return f"{seconds} {_OTHER.get(effect.what) or _SAID[effect.level]}"
