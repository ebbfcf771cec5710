"""The same readings give the same alarms, however they come. AL-02, RU-06.

Rules and readings are drawn; what is told is the effects of the engine, and then the alarms that
stand in the database after batches, restarts and lateness.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.alarms.models import Alarm, RuleState
from apps.alarms.rules import Effect, Reading, State, begin, next_due, read_rule, step, tick
from apps.alarms.rules.engine import to_ms
from apps.alarms.services import NewRule, evaluate_batch, publish_rule, save_rule
from apps.audit.services import SYSTEM
from apps.common import clock
from tests.alarms.factories import asset
from tests.cast import Cast

BEGIN = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

levels = st.builds(
    lambda level, high, gap, for_s, clear_for, times, what: {
        "level": level, "raise": f"{what} >= {high}", "clear": f"{what} < {high - gap}",
        "for_s": for_s, "clear_for_s": clear_for, "times": times,
        "within_s": 600 if times > 1 else 0,
    },
    st.integers(1, 4), st.integers(4, 8), st.integers(0, 3), st.sampled_from([0, 60, 180]),
    st.sampled_from([0, 120]), st.sampled_from([1, 1, 3]), st.sampled_from(["x", "x", "x@10min"]),
)  # fmt: skip
bodies = st.fixed_dictionaries(
    {"levels": st.lists(levels, min_size=1, max_size=3, unique_by=lambda one: one["level"])},
    optional={
        "no_data_s": st.sampled_from([300, 900]),
        "held": st.booleans(),
        "upgrade_s": st.just(600),
        "fade_s": st.just(600),
    },
).map(lambda body: body | {"upgrade_to": 4, "fade_to": 1})
moments = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.one_of(st.integers(0, 10), st.none()),
        st.sampled_from(["valid", "valid", "valid", "suspect"]),
    ),
    min_size=1,
    max_size=40,
)


def readings_of(said: Sequence[tuple[int, int | None, str]], asset_id: int = 0) -> list[Reading]:
    """Readings one after another. said: seconds since the last one, value, quality."""
    at, found = BEGIN, []
    for seconds, value, quality in said:
        at += timedelta(seconds=seconds)
        found.append(Reading(asset_id, "probe", at, {"x": value}, quality))
    return found


def kept(state: State) -> State:
    """As a row keeps it and a restart reads it."""
    found: State = json.loads(json.dumps(state))
    return found


@given(bodies, moments)
def test_a_restart_after_any_reading_changes_nothing(body: dict[str, Any], said: Any) -> None:
    rule = read_rule(body)
    running, restarted = begin(), begin()
    for reading in readings_of(said):
        running, effects = step(rule, running, reading)
        restarted, again = step(rule, kept(restarted), reading)
        assert again == effects
    assert kept(running) == kept(restarted)


@given(bodies, moments, st.data())
def test_the_clock_may_look_in_at_any_moment(body: dict[str, Any], said: Any, data: Any) -> None:
    """Time let pass between two readings brings forward when something is told, never what."""
    rule = read_rule(body)
    plain, looked = begin(), begin()
    told: list[Effect] = []
    told_looking: list[Effect] = []
    for reading in readings_of(said):
        at = to_ms(reading.at)
        for part in sorted(data.draw(st.lists(st.integers(0, 400_000), max_size=2))):
            if plain["seen"] and plain["seen"] + part < at:
                looked, effects = tick(rule, kept(looked), plain["seen"] + part)
                told_looking += effects
        plain, effects = step(rule, plain, reading)
        told += effects
        looked, effects = step(rule, looked, reading)
        told_looking += effects
    assert told_looking == told
    assert kept(looked) == kept(plain)


@given(bodies, moments, st.data())
def test_late_and_repeated_readings_change_no_alarm(
    body: dict[str, Any], said: Any, data: Any
) -> None:
    """A reading not later than the last one is counted as late; nothing else moves."""
    rule, state, clean = read_rule(body), begin(), begin()
    past: list[Reading] = []
    late = 0
    for reading in readings_of(said):
        state, effects = step(rule, state, reading)
        clean, expected = step(rule, clean, reading)
        assert effects == expected
        past.append(reading)
        old = data.draw(st.sampled_from(past))
        state, effects = step(rule, state, old._replace(values={"x": 10}))
        late += 1
        assert effects == []
    assert state["late"] == late
    assert kept(state) == kept(clean) | {"late": late}


@given(moments, st.integers(4, 8), st.integers(1, 3))
def test_flapping_within_the_band_never_ends_or_begins(said: Any, high: int, gap: int) -> None:
    """Between the recovery and the threshold an alarm is what it was. Source: the hysteresis."""
    rule = read_rule(
        {"levels": [{"level": 3, "raise": f"x >= {high}", "clear": f"x < {high - gap}"}]}
    )
    state = begin()
    for reading in readings_of(said):
        stood = state["level"]
        state, effects = step(rule, state, reading)
        value = reading.values["x"]
        if reading.quality == "valid" and isinstance(value, int) and high - gap <= value < high:
            assert state["level"] == stood
            assert effects == []


@given(bodies, moments)
def test_what_is_due_is_due_when_said(body: dict[str, Any], said: Any) -> None:
    """Nothing follows before ``next_due``; something follows at it."""
    rule, state = read_rule(body), begin()
    for reading in readings_of(said):
        state, _effects = step(rule, state, reading)
    due = next_due(rule, state)
    if due is None:
        assert tick(rule, state, to_ms(BEGIN + timedelta(days=9)))[1] == []
    else:
        assert tick(rule, state, due - 1)[1] == []
        assert tick(rule, state, due)[0] != state


@given(bodies, moments)
def test_alarms_begin_and_end_in_turn(body: dict[str, Any], said: Any) -> None:
    rule, state, stands = read_rule(body), begin(), False
    for reading in readings_of(said):
        state, effects = step(rule, state, reading)
        for effect in effects:
            assert effect.what != "raise" or not stands
            assert effect.what not in ("recover", "level", "repeat") or stands
            stands = (stands or effect.what == "raise") and effect.what != "recover"
        assert [one.at for one in effects] == sorted(one.at for one in effects)
    assert stands == bool(state["level"])


def _in_parts(readings: list[Reading], cuts: Sequence[int]) -> list[list[Reading]]:
    edges = [0, *sorted({cut % (len(readings) + 1) for cut in cuts}), len(readings)]
    return [readings[a:b] for a, b in pairwise(edges) if a < b]


def _alarms() -> list[dict[str, Any]]:
    told = ("kind", "asset_id", "level", "state", "count", "first_at", "last_at", "ended_at",
            "facts", "sentence")  # fmt: skip
    return list(Alarm.objects.order_by("kind", "asset_id", "first_at", "pk").values(*told))


@pytest.mark.django_db
@FEW
@given(body=bodies, said=moments, other=moments, cuts=st.lists(st.integers(0, 100), max_size=6))
def test_any_split_into_batches_gives_the_same_alarms(
    watch: Cast, body: dict[str, Any], said: Any, other: Any, cuts: list[int]
) -> None:
    """Two things, their readings mixed by time: one batch, any batches, one by one."""
    with transaction.atomic(), clock.at(BEGIN + timedelta(days=1)):
        first, second = asset(watch), asset(watch, "二号")
        draft = save_rule(SYSTEM, unit=watch.center, new=NewRule("探头", "probe", body))
        publish_rule(SYSTEM, version_id=draft.pk, checker=watch.rule_publisher)
        readings = readings_of(said, first.pk) + readings_of(other, second.pk)
        readings.sort(key=lambda one: (one.at, one.asset_id))
        found = []
        for parts in ([readings], _in_parts(readings, cuts), [[one] for one in readings]):
            point = transaction.savepoint()
            for part in parts:
                evaluate_batch(part)
            states = RuleState.objects.order_by("asset_id").values_list("asset_id", "state")
            found.append((_alarms(), list(states)))
            transaction.savepoint_rollback(point)
        transaction.set_rollback(True)
    assert found[1] == found[0]
    assert found[2] == found[0]
