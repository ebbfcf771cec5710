"""Lines and zones are checked with words that name them."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algorithms.enums import Task
from apps.analysis.drawings import area_of, check_drawing, crosses_itself
from apps.analysis.hours import check_hours, is_within
from apps.common.errors import InvalidInput

SQUARE = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]]


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"zones": [{"name": "门前", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "自相交叉"),
        ({"zones": [{"name": "门前", "points": [[0, 0], [1, 1]]}]}, "3 到"),
        ({"zones": [{"name": "门前", "points": [[0, 0], [0.01, 0], [0, 0.01]]}]}, "太小"),
        ({"zones": [{"name": "门前", "points": [[0, 0], [1.2, 0], [0, 1]]}]}, "门前"),
        ({"zones": [{"name": "门前", "points": [[0, 0], [float("nan"), 0], [0, 1]]}]}, "门前"),
        ({"zones": [{"name": "同名", "points": SQUARE}] * 2}, "重复"),
        ({"zones": [{"name": "x" * 41, "points": SQUARE}]}, "40"),
        ({"zones": [{"points": SQUARE}] * 17}, "16"),
        ({"zones": "all"}, "16"),
        ({"script": "<b>"}, "无法识别"),
        ({}, "区域"),
    ],
)
def test_a_wrong_zone_is_named(told: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput, match=word) as refused:
        check_drawing(told, Task.INTRUSION)
    assert refused.value.field == "drawing"


def test_a_short_line_and_an_odd_gauge_are_refused() -> None:
    with pytest.raises(InvalidInput, match="太短"):
        check_drawing({"lines": [{"name": "门", "a": [0.5, 0.5], "b": [0.5, 0.505]}]}, "line_count")
    upside = {"top": [0.5, 0.8], "bottom": [0.5, 0.2], "top_value": 1, "bottom_value": 0}
    with pytest.raises(InvalidInput, match="下端"):
        check_drawing({"gauge": upside}, "water_level")


def test_a_right_drawing_is_kept_with_codes_of_its_own() -> None:
    kept = check_drawing(
        {"lines": [{"id": "../x", "name": "", "a": [0, 0.5], "b": [1, 0.5]}]}, Task.LINE_COUNT
    )
    assert kept["lines"] == [{"id": "line-1", "name": "线 1", "a": [0, 0.5], "b": [1, 0.5]}]


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 20), st.integers(5, 40), st.integers(0, 60))
def test_a_round_polygon_never_crosses_itself(count: int, part: int, tenths: int) -> None:
    reach, turn = part / 100, tenths / 10
    corners = [
        (0.5 + reach * math.cos(turn + 2 * math.pi * n / count),
         0.5 + reach * math.sin(turn + 2 * math.pi * n / count))
        for n in range(count)
    ]  # fmt: skip
    assert not crosses_itself(corners)
    assert 0 < area_of(corners) <= math.pi * reach**2 + 1e-9


def test_hours_go_over_midnight_in_the_citys_time() -> None:
    night = check_hours([{"days": [5], "from": "22:00", "to": "06:00"}])
    assert is_within(night, datetime(2026, 11, 21, 15, 0, tzinfo=UTC))  # Saturday 23:00
    assert is_within(night, datetime(2026, 11, 21, 21, 59, tzinfo=UTC))  # Sunday 05:59
    assert not is_within(night, datetime(2026, 11, 21, 22, 0, tzinfo=UTC))
    assert not is_within(night, datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    assert is_within([], datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
