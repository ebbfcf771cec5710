"""The numbers behind hot spots and rising phrases, against themselves and against simulation."""

import math
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.nlp.phrases import rising_phrases
from apps.voices import surprise

ORDINARY = (
    "小区门口垃圾清运不及时，夏天气味很重，请安排人员处理",
    "楼上装修噪音影响休息，希望物业协调施工时间",
    "公交站台遮雨棚破损，下雨天等车不方便",
    "路灯不亮，晚上出行看不清路面，请尽快维修",
    "咨询社保卡补办流程和需要携带的材料",
)


def poisson(rng: random.Random, mean: float) -> int:
    """Will draw a count by multiplying chances (Knuth)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    past=st.lists(st.integers(0, 30), min_size=8, max_size=8),
    observed=st.integers(0, 120),
    spread=st.floats(1, 10),
)
def test_more_reports_are_never_less_surprising(
    past: list[int], observed: int, spread: float
) -> None:
    less, more = (surprise.tail(n, past, spread) for n in (observed, observed + 1))
    assert 0 <= more <= less <= 1


def test_the_tail_agrees_with_counting_down_from_one() -> None:
    past, spread = [3, 5, 4, 6, 2, 4, 5, 3], 1.4
    mean = surprise.expected_of(past)
    variance = spread * mean * (1 + 1 / 8)
    size = mean * mean / (variance - mean)
    below = sum(
        math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1))
        * (size / (size + mean)) ** size
        * (mean / (size + mean)) ** k
        for k in range(9)
    )
    assert surprise.tail(9, past, spread) == pytest.approx(1 - below, abs=1e-9)


def test_quiet_weeks_raise_next_to_nothing_and_an_event_of_six_is_found() -> None:
    rng = random.Random(7)
    means = [rng.choice((0.1, 0.5, 2.0, 8.0)) for _ in range(150)]
    false, found, weeks = 0, 0, 60
    for _week in range(weeks):
        pasts = [[poisson(rng, mean) for _ in range(8)] for mean in means]
        now = [poisson(rng, mean) for mean in means]
        place = rng.randrange(len(means))
        spread = surprise.spread_of(pasts)

        def hot(counts: list[int], pasts: list[list[int]] = pasts, s: float = spread) -> set[int]:
            ps = [surprise.tail(n, past, s) for n, past in zip(counts, pasts, strict=True)]
            qs = surprise.false_discovery(ps, tests=len(ps))
            return {at for at, q in enumerate(qs) if q <= 0.05 and counts[at] >= 3}

        false += len(hot(now))
        event = 6 if means[place] <= 0.5 else 10 + 3 * round(means[place])
        found += place in hot([n + event * (at == place) for at, n in enumerate(now)])
    assert false <= 0.1 * weeks
    assert found >= 0.9 * weeks


def test_false_discovery_follows_the_published_example() -> None:
    published = [0.01, 0.04, 0.03, 0.005]
    assert surprise.false_discovery(published, tests=4) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert surprise.false_discovery([0.01], tests=100) == pytest.approx([1.0])


def test_a_change_is_measured_against_everything_else() -> None:
    assert surprise.ratio_interval(0, 5, 10, 10) is None
    told = surprise.ratio_interval(100, 50, 400, 400)
    assert told is not None
    assert told[0] == pytest.approx(0.5)
    assert told[2] < 1
    same = surprise.ratio_interval(100, 50, 400, 200)
    assert same is not None
    assert same[1] < 1 < same[2]


def test_an_event_brings_up_a_phrase_one_can_read_and_quiet_texts_bring_none() -> None:
    rng = random.Random(3)
    background = [rng.choice(ORDINARY) for _ in range(400)]
    quiet = [(n, rng.choice(ORDINARY)) for n in range(60)]
    assert rising_phrases(quiet, background) == []
    burst = [
        (100 + n, f"{start}，海棠花园小区停水已经两天了{end}")
        for n, (start, end) in enumerate(
            [("你好", "，请问何时恢复"), ("紧急", "，家里有老人"), ("投诉", "，没人通知")] * 3
        )
    ]
    found = rising_phrases(quiet + burst, background)
    assert "花园小区停水" in found[0].phrase
    assert set(found[0].texts) == {key for key, _text in burst}
    assert found[0].observed == 9
    assert len(found) <= 2
    assert rising_phrases(quiet + burst, background, stop=[found[0].phrase])[:1] != found[:1]
