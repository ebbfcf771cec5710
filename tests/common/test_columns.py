"""Columns in the binary form of the database: there and back, and what is no plain column."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.common import columns, journeys

WHOLE = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(WHOLE))
def test_numbers_are_laid_out_and_read_again(numbers: list[int]) -> None:
    assert (
        columns.unpacked(columns.packed(numbers, columns.BIGINT), columns.BIGINT).tolist()
        == numbers
    )


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_moments_are_kept_to_the_microsecond(at: datetime) -> None:
    assert columns.moment(columns.micros(at)) == at


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "name", "values", "said"),
    [
        (
            columns.BIGINT,
            "bigint",
            [-(2**63), 0, 2**63 - 1],
            "{-9223372036854775808,0,9223372036854775807}",
        ),
        (columns.SMALLINT, "smallint", [-1, 7], "{-1,7}"),
        (columns.FLOAT, "float8", [0.1, 1e300, float("nan")], "{0.1,1e+300,NaN}"),
        (columns.BOOLEAN, "boolean", [True, False], "{t,f}"),
        (columns.BIGINT, "bigint", [], "{}"),
    ],
)
def test_the_database_reads_and_sends_the_same(
    kind: columns.Kind, name: str, values: list[float], said: str
) -> None:
    packed = columns.packed(values, kind)
    [text] = journeys.send([(f"select (%s::{name}[])::text", [packed])])
    [back] = journeys.send([(f"select %s::{name}[]", [packed])], binary=True)
    assert text.get_value(0, 0) == said.encode()
    np.testing.assert_array_equal(columns.unpacked(back.get_value(0, 0), kind), values)


@pytest.mark.django_db
def test_moments_are_those_of_the_database() -> None:
    at = datetime(2026, 11, 20, 4, 0, 0, 7, tzinfo=UTC)
    packed = columns.packed([columns.micros(at), columns.BEFORE_ALL], columns.MOMENT)
    question = "select m[1] = '2026-11-20 04:00:00.000007+00' and m[2] = '-infinity'"
    [answer] = journeys.send([(f"{question} from (select %s::timestamptz[] as m) t", [packed])])
    assert answer.get_value(0, 0) == b"t"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ["array[1, null]::bigint[]", "array[1]::int[]", "'{{1},{2}}'::bigint[]"]
)
def test_what_is_no_plain_column_is_refused(asked: str) -> None:
    [found] = journeys.send([(f"select {asked}", [])], binary=True)
    with pytest.raises(ValueError, match="no plain array of type 20"):
        columns.unpacked(found.get_value(0, 0), columns.BIGINT)


def test_nothing_is_an_empty_column() -> None:
    assert columns.unpacked(None, columns.FLOAT).tolist() == []
    assert columns.micros(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=3)) == 3


@pytest.mark.django_db
def test_rows_are_copied_as_they_are_and_none_of_them_where_one_is_refused() -> None:
    at = columns.micros(datetime(2026, 11, 20, 4, 0, 0, 7, tzinfo=UTC))
    told = [
        (np.array([7, -(2**63)]), columns.BIGINT),
        (np.array([at, columns.BEFORE_ALL]), columns.MOMENT),
        (np.array([0.1, float("nan")]), columns.FLOAT),
        (np.array([-1, 7]), columns.SMALLINT),
        (np.array([True, False]), columns.BOOLEAN),
    ]
    journeys.send(
        [("create temp table t (n bigint primary key, at timestamptz, x float8, s smallint, b bool)"
          " on commit drop", [])]
    )  # fmt: skip
    copy = "copy t from stdin (format binary)"
    journeys.copy(copy, columns.rows(told))
    again = [(np.array([1, 7]), columns.BIGINT), *told[1:]]
    with pytest.raises(IntegrityError, match="t_pkey"), transaction.atomic():
        journeys.copy(copy, columns.rows(again))
    asked = "select string_agg(t::text, ' ' order by n desc) from t"
    [_zone, answer] = journeys.send([("set local time zone 'UTC'", []), (asked, [])])
    assert answer.get_value(0, 0).decode() == (
        '(7,"2026-11-20 04:00:00.000007+00",0.1,-1,t) (-9223372036854775808,-infinity,NaN,7,f)'
    )
