"""Pre-alarms: what a field comes to if it goes on as it went (IO-12)."""

import random
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from apps.alarms.models import Alarm
from apps.alarms.rules import Reading, begin, parse, read_rule, step
from apps.alarms.rules.engine import to_ms
from apps.alarms.rules.trend import LEAST, MOST, foresee, foreseen, read_ahead, remember
from apps.alarms.rules.wording import words_for
from apps.alarms.selectors.rules import list_facts
from apps.alarms.services import NewRule, publish_rule, save_rule
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.sensing.services import take_readings
from tests.cast import Cast
from tests.sensing.factories import device, told

MINUTE = 60_000
START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = read_ahead("level@1h")
assert HOUR is not None


def course(said: list[tuple[int, float]]) -> list[float | None]:
    """What is foreseen an hour ahead after each (minute, value)."""
    past: dict[str, list[list[float]]] = {}
    found = []
    for minute, value in said:
        past, ahead = foreseen([HOUR], past, minute * MINUTE, {"level": value})
        found.append(ahead["level@1h"])
    return found


def test_a_steady_rise_is_followed_ahead() -> None:
    rising = [(10 * n, 1 + 0.1 * n) for n in range(7)]  # 0.1 in ten minutes
    assert course(rising) == [None, None, None, 1.9, 2.0, 2.1, 2.2]


@pytest.mark.parametrize("value", [3.0, -3.0, 0.0])
def test_what_does_not_move_stays(value: float) -> None:
    assert course([(10 * n, value) for n in range(6)])[-1] == value


def test_one_wrong_reading_does_not_bend_the_course() -> None:
    level = [(5 * n, 2.0) for n in range(12)]
    level[6] = (30, 9.0)
    assert course([*level, (60, 2.0)])[-1] == 2.0


def test_nothing_is_foreseen_of_too_few_or_too_short_a_while() -> None:
    assert course([(n, 1.0 + n) for n in range(29)]) == [None] * 29
    assert course([(20 * n, 1.0) for n in range(LEAST - 1)]) == [None] * (LEAST - 1)


def test_what_is_older_than_the_while_is_forgotten() -> None:
    falling_then_flat = [(5 * n, 10.0 - n) for n in range(8)] + [
        (100 + 5 * n, 2.0) for n in range(9)
    ]
    assert course(falling_then_flat)[-1] == 2.0


def test_however_often_it_reports_little_is_remembered() -> None:
    past: list[list[float]] = []
    for second in range(0, 7200, 5):
        past = remember(past, HOUR, second * 1000, 1.0)
    assert MOST <= len(past) <= MOST + 1


@pytest.mark.parametrize("value", [None, "high", True, float("nan"), float("inf")])
def test_what_is_no_number_is_not_followed(value: object) -> None:
    past = [[10.0 * n * MINUTE, 1.0] for n in range(6)]
    at = 60 * MINUTE
    assert foresee(past, HOUR, at, value) is None
    assert remember(past, HOUR, at, value) == past


def test_it_is_the_median_of_all_slopes() -> None:
    for seed in range(50):
        rng = random.Random(seed)
        said = [(9 * n, rng.uniform(0, 5)) for n in range(7)]
        slopes = sorted((b - a) / (v - u) for (u, a), (v, b) in combinations(said, 2))
        middle = slopes[len(slopes) // 2]  # 21 of them
        assert course(said)[-1] == pytest.approx(said[-1][1] + middle * 60, rel=1e-5)


def test_a_word_ahead_of_a_field_without_numbers_is_refused() -> None:
    assert parse("level@30min >= 3.5 且 level@2h < 9").fields == {"level@30min", "level@2h"}


def test_a_state_kept_before_there_was_a_past_goes_on() -> None:
    rule = read_rule({"levels": [{"level": 2, "raise": "h@1h > 3"}]})
    state = begin()
    del state["past"]
    after, _effects = step(rule, state, Reading(1, "w", START, {"h": 1.0}, "valid"))
    assert after["past"] == {"h@1h": [[to_ms(START), 1.0]]}
    assert "past" not in state


def test_words_say_how_far_ahead() -> None:
    labels = {"level": ("水位", "m")}
    assert words_for(labels, "level@2h") == ("预计2小时后水位", "m")
    assert words_for(labels, "level@30min") == ("预计30分钟后水位", "m")
    assert words_for(labels, "level") == ("水位", "m")


def test_a_rising_river_is_told_before_it_is_high(watch: Cast) -> None:
    body = {"levels": [{"level": 2, "raise": "level@1h >= 3.5", "clear": "level@1h < 3"}]}
    new = NewRule("水位上涨", "water_level", body)
    draft = save_rule(watch.chief, unit=watch.center, new=new)
    publish_rule(SYSTEM, version_id=draft.pk, checker=watch.rule_publisher)
    station = device("W-1", profile="water_level")
    first = clock.now() - timedelta(hours=1)
    for n in range(7):
        at = first + timedelta(minutes=10 * n)
        with clock.at(at):
            take_readings([told("W-1", at, level=round(2.0 + 0.2 * n, 2))], sender=station)
    alarm = Alarm.objects.get()
    assert alarm.raised_at == first + timedelta(minutes=30)  # 2.6 m then, 3.8 m an hour later
    assert "预计60分钟后水位" in alarm.sentence
    facts = dict(list_facts(alarm, draft.rule))
    assert facts["水位"].startswith("3.2")
    assert facts["预计60分钟后水位"].startswith("4.4")
