"""Which cases may be about the same thing."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common import clock
from apps.hotline.selectors.duplicates import LikelyDuplicate, likely_duplicates
from apps.hotline.selectors.words import any_word, common_words
from tests.cast import Cast
from tests.hotline.factories import TEXT, demand, neighbour

pytestmark = pytest.mark.django_db
HERE = Point(*Cast.inside_east(), srid=4326)
THERE = Point(*Cast.inside_west(), srid=4326)
OTHER_WORDS = "解放路与和平路路口井盖松了，汽车一过就响，晚上睡不着。"


def look(cast: Cast, **changes: Any) -> list[LikelyDuplicate]:
    """Will look for duplicates of the manhole cover at its place."""
    asked: dict[str, Any] = {"text": TEXT, "point": HERE, "class_code": "road.manhole"} | changes
    return likely_duplicates(cast.acceptor, tenant=cast.tenant, **asked)


def test_the_same_thing_nearby_is_found_with_reasons(cast: Cast) -> None:
    case = demand(cast, text=OTHER_WORDS)
    (likely,) = look(cast)
    assert (likely.case, likely.is_same_text, likely.state_label) == (case, False, "待受理")
    assert likely.reasons
    assert likely.distance_m == pytest.approx(0, abs=1)


def test_another_matter_at_the_same_place_is_not(cast: Cast) -> None:
    demand(
        cast,
        title="小区停水",
        text="从昨晚开始整栋楼停水，何时恢复供应？",
        class_code="utility.water",
    )
    assert look(cast) == []


def test_similar_words_in_another_street_are_not_the_same(cast: Cast) -> None:
    demand(cast, text=OTHER_WORDS)
    assert look(cast, point=THERE) == []


def test_the_very_same_words_are_found_anywhere(cast: Cast) -> None:
    demand(cast)
    (likely,) = look(cast, point=THERE)
    assert likely.is_same_text


def test_without_a_place_rare_words_are_enough(cast: Cast) -> None:
    demand(cast, text=OTHER_WORDS)
    assert len(look(cast, point=None)) == 1


def test_what_is_older_than_a_month_is_left_out(cast: Cast) -> None:
    demand(cast)
    with clock.at(clock.now() + timedelta(days=31)):
        assert look(cast) == []


def test_nobody_is_shown_what_they_may_not_see(cast: Cast) -> None:
    demand(cast)
    for viewer in (cast.handler_west, neighbour(cast)):
        found = likely_duplicates(viewer, tenant=cast.tenant, text=TEXT, point=HERE)
        assert found == []


def test_at_most_five_are_shown_in_few_queries(cast: Cast) -> None:
    for _number in range(7):
        demand(cast, text=OTHER_WORDS)
    look(cast)
    with CaptureQueriesContext(connection) as queries:
        assert len(look(cast)) == 5
    assert len(queries) <= 6


def test_common_words_come_from_the_statistics(cast: Cast) -> None:
    from django.core.cache import cache

    for _number in range(3):
        demand(cast)
    with connection.cursor() as cursor:
        cursor.execute("analyze matters_case")
    cache.clear()
    assert "井盖" in common_words()
    cache.clear()


@pytest.mark.parametrize("text", ["", "，。", "好", "'; drop table", "a\\'b & | !", "的" * 400])
def test_any_text_makes_a_safe_query(cast: Cast, text: str) -> None:
    look(cast, text=text)
    with connection.cursor() as cursor:
        cursor.execute("select %s::tsquery", [any_word(text)])
