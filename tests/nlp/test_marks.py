"""Marks say where and when something is: what lies within the circle has one that is asked for."""

import importlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.matters.models import Case
from apps.nlp import search
from apps.nlp.marks import marks_around, marks_of, marks_since, place_marks
from apps.places.geometry import degrees_apart_m
from tests.cast import Cast
from tests.matters import factories as make

LON, LAT = st.floats(73.0, 135.0), st.floats(18.0, 53.0)
STEP = st.floats(-0.008, 0.008)


@given(LON, LAT, STEP, STEP)
def test_what_lies_within_the_circle_has_a_mark_in_common(
    lon: float, lat: float, east: float, north: float
) -> None:
    there = (lon + east, lat + north)
    near = degrees_apart_m((lon, lat), there) <= 500
    shared = set(place_marks(there, "")) & set(marks_around((lon, lat), 500, ""))
    assert shared or not near


def test_four_squares_at_most_and_the_street() -> None:
    marks = marks_around((123.001, 35.001), 500, "/1/2/3/4/5/")
    assert marks == ["@12299,3499", "@12299,3500", "@12300,3499", "@12300,3500", "@/1/2/3/"]
    assert "@/1/2/3/" in place_marks(None, "/1/2/3/9/")
    assert "@/1/2/3/" not in place_marks(None, "/1/2/4/9/")


def test_an_area_above_the_streets_counts_whole() -> None:
    assert marks_around((123.001, 35.001), 500, "/1/2/")[-1] in place_marks(None, "/1/2/3/9/")
    assert place_marks(None, "") == []


def test_a_mark_is_no_word_of_any_text() -> None:
    text = "地址 @12300,3500 @/1/2/3/ 门口"
    words = {token for token, _place in search.document_tokens(text)}
    assert not words & {*place_marks((123.005, 35.005), "/1/2/3/")}


def test_the_month_of_any_of_the_last_thirty_days_is_asked_for() -> None:
    now = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    asked = marks_since(now - timedelta(days=30), now)
    assert asked == ["@2026-01", "@2026-02", "@2026-03"]
    late = datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert marks_since(late, late + timedelta(hours=2)) == ["@2026-12", "@2027-01"]
    assert set(marks_of(None, "", late)) == {"@2026-12"}


@pytest.mark.django_db
def test_cases_from_before_are_marked_as_new_ones(cast: Cast) -> None:
    case = make.registered(cast)
    marked = "select search::text from matters_case where id = %s"
    with connection.cursor() as cursor:
        cursor.execute(marked, [case.pk])
        [new] = cursor.fetchone()
        plain = search.vector_literal(case.title, case.text)
        cursor.execute(
            "update matters_case set search = %s::tsvector where id = %s", [plain, case.pk]
        )
        cursor.execute(importlib.import_module("apps.matters.migrations.0011_place_marks").MARK)
        cursor.execute(marked, [case.pk])
        [old] = cursor.fetchone()
    assert Case.objects.get().point is not None
    assert old == new
    assert f"'@/{'/'.join(case.area_path.strip('/').split('/')[:3])}/'" in new
