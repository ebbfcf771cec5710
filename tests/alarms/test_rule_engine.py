"""Rules are followed the same way every time. AL-02, RU-06."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.alarms.rules import (
    ConditionError,
    Effect,
    Reading,
    Rule,
    RuleError,
    WorkDays,
    begin,
    next_due,
    parse,
    read_rule,
    step,
    tick,
)
from apps.alarms.rules.engine import to_ms
from apps.alarms.rules.examples import read_examples, try_examples
from apps.clocks.engine import WorkCalendar

START = datetime(2026, 3, 2, tzinfo=UTC)
HIGH = {
    "levels": [
        {"level": 3, "raise": "h >= 3.5", "clear": "h < 3.2", "for_s": 60},
        {"level": 4, "raise": "h >= 4", "clear": "h < 3.8"},
    ]
}


def follow(rule: Rule, said: list[tuple[int, Any]], **options: Any) -> list[Effect]:
    """The effects of readings (second, h); None as h: no reading, time passes."""
    state, found = begin(), []
    for second, h in said:
        at = START + timedelta(seconds=second)
        if h is None:
            state, effects = tick(rule, state, to_ms(at))
        else:
            quality = options.get("quality", "valid")
            state, effects = step(rule, state, Reading(1, "w", at, {"h": h}, quality))
        if options.get("restart"):
            state = json.loads(json.dumps(state))
        found += effects
    return found


def short(effects: list[Effect], *, repeats: bool = False) -> list[tuple[str, int, int]]:
    first = to_ms(START)
    return [
        (e.what, (e.at - first) // 1000, e.level) for e in effects if repeats or e.what != "repeat"
    ]


# --- Conditions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("h >= 3.5", {"h": 3.5}, True),
        ("h≥3.5 且 v < 2 或 rain > 50", {"h": 4, "v": 3, "rain": 51}, True),
        ("h>=3.5 and v<2", {"h": 4, "v": 3}, False),
        ("h >= 3.5 and v < 2", {"h": 4}, None),
        ("h >= 3.5 and v < 2", {"h": 1}, False),
        ("h >= 3.5 or v < 2", {"h": 1}, None),
        ("h >= 3.5", {"h": float("nan")}, None),
        ("h >= 3.5", {"h": "4"}, None),
        ("open = 是", {"open": True}, True),
        ("open = 是", {"open": 1}, None),
        ("state != ok", {"state": "bad"}, True),
    ],
)
def test_conditions_have_three_answers(text: str, values: Any, holds: bool | None) -> None:
    assert parse(text).holds(values) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "h >",
        "3 > h",
        "h@2h = 3",
        "h@0h > 3",
        "h@2d > 3",
        "h@999h > 3",
        "h@2h > 是",
        "h > nan",
        "open > 是",
        "h ~ 3",
        "h > 1 且",
        "h>1 or " * 20 + "h>1",
    ],
)
def test_conditions_nobody_can_read(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "levels"),
        ({"levels": [{"level": 5, "raise": "h>1"}]}, "levels"),
        ({"levels": [{"level": 1, "raise": "h>1"}] * 2}, "levels"),
        ({"levels": [{"level": 1, "raise": "h>"}]}, "raise_1"),
        ({"levels": [{"level": 1, "raise": "h>1", "clear": "x"}]}, "clear_1"),
        ({"levels": [{"level": 1, "raise": "h>1", "for_s": -1}]}, "for_1"),
        ({"levels": [{"level": 1, "raise": "h>1", "times": 3}]}, "times_1"),
        ({**HIGH, "upgrade_s": 60}, "upgrade_to"),
        ({**HIGH, "days": "never"}, "days"),
        ({**HIGH, "hours": ["25:00", "26:00"]}, "hours"),
    ],
)
def test_rules_nobody_can_follow(body: Any, field: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule(body)
    assert refused.value.field == field


# --- One rule, one thing -------------------------------------------------------------


def test_duration_level_and_own_recovery() -> None:
    rule = read_rule(HIGH)
    said = [
        (0, 3.6),
        (30, 3.7),
        (60, 3.6),
        (90, 3.4),
        (120, 4.1),
        (150, 3.9),
        (180, 3.7),
        (210, 3.1),
    ]
    assert short(follow(rule, said)) == [
        ("raise", 60, 3),
        ("level", 120, 4),
        ("level", 180, 3),
        ("recover", 210, 3),
    ]


def test_between_the_thresholds_nothing_flaps() -> None:
    rule = read_rule({"levels": [{"level": 2, "raise": "h >= 3.5", "clear": "h < 3.2"}]})
    said = [(n * 10, 3.45 + 0.1 * (n % 2)) for n in range(200)]
    assert short(follow(rule, said)) == [("raise", 10, 2)]


def test_an_interrupted_duration_begins_anew() -> None:
    rule = read_rule(HIGH)
    assert short(follow(rule, [(0, 3.6), (30, 3.0), (59, 3.6), (90, 3.6)])) == []


def test_repetition_and_recovery_held_for_a_while() -> None:
    body = {
        "levels": [{"level": 1, "raise": "h > 1", "times": 3, "within_s": 60, "clear_for_s": 30}]
    }
    rule = read_rule(body)
    said = [(0, 2), (40, 2), (80, 2), (90, 0), (100, 2), (110, 0), (130, 0), (140, 0)]
    assert short(follow(rule, said)) == [("raise", 100, 1), ("recover", 140, 1)]


def test_silence_is_told_once_and_never_a_recovery() -> None:
    rule = read_rule({**HIGH, "no_data_s": 300, "no_data_level": 2})
    said = [(0, 4.2), (1000, None), (2000, None), (2100, 4.2), (2200, 3.0)]
    assert short(follow(rule, said)) == [
        ("raise", 0, 4),
        ("silent", 300, 2),
        ("heard", 2100, 2),
        ("recover", 2200, 4),
    ]


def test_silence_breaks_a_duration() -> None:
    rule = read_rule({**HIGH, "no_data_s": 30})
    assert [e.what for e in follow(rule, [(0, 3.6), (70, 3.6)])] == ["silent", "heard"]


def test_it_rises_and_fades_by_time() -> None:
    body = {"levels": [{"level": 2, "raise": "h > 1", "clear": "h < -9"}]}
    rises = read_rule({**body, "upgrade_s": 100, "upgrade_to": 4})
    assert short(follow(rises, [(0, 2), (50, 2), (150, None)])) == [
        ("raise", 0, 2),
        ("level", 100, 4),
    ]
    fades = read_rule({**body, "fade_s": 100})
    assert short(follow(fades, [(0, 2), (50, 0), (90, 0), (101, 0)])) == [
        ("raise", 0, 2),
        ("recover", 101, 2),
    ]


def test_what_reports_only_changes_is_held() -> None:
    body = {"levels": [{"level": 3, "raise": "h = 1", "for_s": 300}], "held": True}
    assert short(follow(read_rule(body), [(0, 1), (400, None)])) == [("raise", 300, 3)]
    assert short(follow(read_rule(body), [(0, 1), (200, 0), (400, None)])) == []


def test_only_good_readings_count() -> None:
    assert follow(read_rule(HIGH), [(0, 9), (100, 9)], quality="suspect") == []


def test_schedule_of_hours_and_working_days() -> None:
    monday = date(2026, 3, 2)
    week = [((540, 1020),)] * 5 + [()] * 2
    calendar = WorkCalendar(weekly=week, days={monday: ()})
    days = WorkDays(calendar.zone, calendar.is_working)
    body = {"levels": [{"level": 1, "raise": "h > 1"}], "hours": ["22:00", "06:00"]}
    night = read_rule(body, days)
    hour = 3600
    assert short(follow(night, [(0, 2)])) == []  # eight in the morning in the city
    assert short(follow(night, [(14 * hour, 2), (23 * hour, 2)])) == [("raise", 14 * hour, 1)]
    rest = read_rule({**body, "hours": None, "days": "rest"}, days)
    assert short(follow(rest, [(0, 2)])) == [("raise", 0, 1)]  # the holiday
    assert short(follow(rest, [(24 * hour, 2)])) == []


def test_a_reading_with_a_field_missing_changes_nothing() -> None:
    rule = read_rule(HIGH)
    state, _none = step(rule, begin(), Reading(1, "w", START, {"h": 4.2}, "valid"))
    later = START + timedelta(seconds=9)
    after, effects = step(rule, state, Reading(1, "w", later, {"v": 1}, "valid"))
    assert (effects, after["level"]) == ([], 4)


# --- Properties, over many random lives ------------------------------------------------

FULL = {
    "levels": [
        {"level": 1, "raise": "h > 2", "clear": "h < 1.5", "for_s": 20},
        {"level": 2, "raise": "h > 3", "clear": "h < 2.5", "times": 2, "within_s": 60},
        {"level": 4, "raise": "h > 4", "clear": "h < 3.5", "clear_for_s": 15},
    ],
    "no_data_s": 90, "upgrade_s": 200, "upgrade_to": 3, "fade_s": 150, "fade_to": 1,
}  # fmt: skip
RISING = {
    "levels": [
        {"level": 2, "raise": "h@2min >= 4", "clear": "h@2min < 3"},
        {"level": 3, "raise": "h >= 5 或 h@1min < 0.5", "clear": "h < 4.5 且 h > 1"},
    ],
    "no_data_s": 110,
}
RULES = [read_rule(body) for body in (HIGH, FULL, {**FULL, "held": True}, RISING)]
NAMES = ["high", "full", "held", "rising"]


def life(seed: int) -> list[tuple[int, Any]]:
    rng = random.Random(seed)
    at, h, said = 0, 2.5, []
    for _n in range(120):
        at += rng.choice([1, 5, 10, 10, 10, 30, 120])
        h = min(6.0, max(0.0, h + rng.uniform(-1, 1)))
        said.append((at, round(h, 2)))
    return said


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_lives_are_the_same_whatever_happens_between(rule: Rule) -> None:
    told = 0
    for seed in range(60):
        said, rng = life(seed), random.Random(seed + 1000)
        expected = follow(rule, said)
        told += len(expected)
        assert follow(rule, said) == expected, "replay"
        assert follow(rule, said, restart=True) == expected, "restart after every reading"
        ticking = []
        for (at, h), (following, _h) in zip(said, [*said[1:], (said[-1][0], 0)], strict=True):
            ticking += [(at, h), (rng.randint(at, following), None)]
        assert follow(rule, ticking) == expected, "looked at in between"
        late = [
            entry
            for index, (at, h) in enumerate(said)
            for entry in [(at, h), *([said[rng.randint(0, index)]] if rng.random() < 0.3 else [])]
        ]
        assert follow(rule, late) == expected, "late, doubled and out of order"
    assert told > 500


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_effects_alternate_and_never_go_back_in_time(rule: Rule) -> None:
    for seed in range(60):
        effects = follow(rule, life(seed))
        assert [e.at for e in effects] == sorted(e.at for e in effects)
        turns = [e.what for e in effects if e.what in ("raise", "recover")]
        assert turns == (["raise", "recover"] * len(turns))[: len(turns)]


def test_the_next_moment_is_known() -> None:
    rule = read_rule({**HIGH, "no_data_s": 300})
    assert next_due(rule, begin()) is None
    state, _effects = step(rule, begin(), Reading(1, "w", START, {"h": 1.0}, "valid"))
    assert next_due(rule, state) == to_ms(START) + 300_001


def test_examples_as_data() -> None:
    rule = read_rule({**HIGH, "no_data_s": 1800})
    text = """
    缓慢上涨: 0 h=3.6; 60 h=3.6; 120 h=3.1 => 60 橙; 120 恢复
    断线：0 h=3; 4000 => 1800 中断
    错的: 0 h=4.5 => 0 橙
    """
    assert [tried.is_right for tried in try_examples(rule, read_examples(text))] == [
        True,
        True,
        False,
    ]
    for wrong in ("x", "甲: 0 h=1", "甲: a h=1 =>", "甲: 5 h=1; 1 h=2 =>", "甲: 0 h= =>x\n" * 31):
        with pytest.raises(ConditionError):
            read_examples(wrong)
