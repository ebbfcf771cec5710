"""Steps and stuck values beside what was before, against the same said slowly, one by one."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.columns import BEFORE_ALL
from apps.sensing.enums import Flaw, Quality
from apps.sensing.sent import NONE, FieldRule, Sent
from apps.sensing.services.judging import Standing, judge

RULE = FieldRule(
    id=1, code="t", unit="", kind="number", low=None, high=None, choices=frozenset(),
    faults=frozenset(), max_step=2.0, span_us=10, stuck_after_us=5, floor=-9e9, ceiling=9e9,
)  # fmt: skip
RULES = [RULE, replace(RULE, max_step=math.inf), replace(RULE, stuck_after_us=0)]
NUMBERS = st.sampled_from([NONE, 1.0, 2.0, 5.0])
NEWEST = st.tuples(
    st.sampled_from([BEFORE_ALL, 0, 4, 9]), NUMBERS, st.sampled_from([0, 1]), st.integers(-9, 0)
)
VALUE = st.tuples(
    st.integers(-1, 2), st.integers(0, 20), NUMBERS, st.sampled_from([0, 1]), st.integers(0, 2)
)


def sent_of(values: list[tuple[int, int, float, int, int]]) -> Sent:
    sent = Sent()
    for index, (place, at, number, flaw, rule) in enumerate(values):
        is_gap = math.isnan(number)
        sent.items.append(index)
        sent.places.append(place)
        sent.moments.append(at)
        sent.numbers.append(number)
        sent.flaws.append(0 if is_gap else flaw)
        sent.qualities.append(Quality.MISSING if is_gap else flaw)
        sent.rules.append(RULES[rule])
    return sent


def said_slowly(sent: Sent, standing: Standing) -> list[tuple[int, int]]:
    """What each kept value is worth, (place in the lists, flaw), by series and moment."""
    told = []
    kept: dict[tuple[int, int], int] = {}
    for n, (place, at) in enumerate(zip(sent.places, sent.moments, strict=True)):
        if place >= 0:
            kept.setdefault((place, at), n)
    for (place, at), n in sorted(kept.items()):
        rule, number, flaw = sent.rules[n], sent.numbers[n], sent.flaws[n]
        earlier = [m for (p, t), m in sorted(kept.items()) if p == place and t < at]
        is_newer = standing.moment[place] < at
        latest = float(standing.number[place]) if is_newer else NONE
        before = latest if not standing.flaw[place] else NONE
        before_at = int(standing.moment[place]) if is_newer else BEFORE_ALL
        if earlier:
            last = earlier[-1]
            before_at = sent.moments[last]
            if not sent.flaws[last] and not math.isnan(sent.numbers[last]):
                before = sent.numbers[last]
        if not flaw and not math.isnan(number):
            same = [sent.numbers[m] for m in earlier if not math.isnan(sent.numbers[m])]
            is_still = number == latest and all(other == latest for other in same)
            since = int(standing.same_since[place])
            if abs(number - before) > rule.max_step and before_at >= at - rule.span_us:
                flaw = Flaw.STEP
            elif rule.stuck_after_us and is_still and since <= at - rule.stuck_after_us:
                flaw = Flaw.STUCK
        told.append((n, int(flaw)))
    return told


@settings(max_examples=400, deadline=None)
@given(st.lists(VALUE, max_size=9), st.lists(NEWEST, min_size=3, max_size=3))
def test_judged_as_if_one_by_one(
    values: list[tuple[int, int, float, int, int]], newest: list[tuple[int, float, int, int]]
) -> None:
    moment, number, flaw, since = (np.array(column) for column in zip(*newest, strict=True))
    standing = Standing(np.array([10, 20, 30]), moment, number, flaw, since)
    sent = sent_of(values)
    batch = judge(sent, standing)
    expected = said_slowly(sent, standing)
    assert list(zip(batch.place.tolist(), batch.flaw.tolist(), strict=True)) == expected
    suspect = [flaw for _place, flaw in expected]
    assert [q == Quality.SUSPECT for q in batch.quality.tolist()] == [f != 0 for f in suspect]


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUE, max_size=9))
def test_ordered_each_moment_once_and_the_last_of_a_series_known(
    values: list[tuple[int, int, float, int, int]],
) -> None:
    nothing = Standing(
        np.array([30, 20, 10]), np.full(3, BEFORE_ALL), np.full(3, NONE), np.zeros(3), np.zeros(3)
    )
    batch = judge(sent_of(values), nothing)
    keys = list(zip(batch.series.tolist(), batch.moment.tolist(), strict=True))
    assert keys == sorted(set(keys))
    newest = dict(keys)
    assert [at for (s, at), last in zip(keys, batch.is_last.tolist(), strict=True) if last] == [
        newest[series] for series in sorted(newest)
    ]
    assert batch.is_ahead


def test_without_a_device_nothing_is_left() -> None:
    empty = Standing(*(np.empty(0, "i8") for _column in range(5)))
    batch = judge(sent_of([(-1, 3, 1.0, 0, 0)]), empty)
    assert (len(batch.place), batch.is_ahead) == (0, True)
