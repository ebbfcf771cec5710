"""The rows of a product: weighted means, days of the city, nothing of a neighbour. IO-05."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.common.errors import InvalidInput, TooMany
from apps.places.models import Area
from apps.products import figures
from apps.products.figures import Row, Span, rows_of
from apps.products.models import DataProduct
from tests.cast import Cast
from tests.products import factories as make

pytestmark = pytest.mark.django_db


def yesterday() -> Span:
    day = clock.today() - timedelta(days=1)
    return Span(day, day)


def rows(product: DataProduct, span: Span | None = None) -> list[Row]:
    return list(rows_of(product, span or yesterday()))


def test_a_device_has_a_row_for_each_hour_the_newest_first(cast: Cast) -> None:
    first, second, _west = make.stations(cast)
    at = make.first_hour()
    make.hour(first, at, 30)
    make.hour(first, at + timedelta(hours=1), 31)
    make.hour(second, at, 50, counted=9, count=12)
    found = rows(make.product(cast))
    assert [(row.at, row.code, row.mean) for row in found] == [
        (at + timedelta(hours=1), "AQ-1", 31),
        (at, "AQ-1", 30),
        (at, "AQ-2", 50),
    ]
    last = found[-1]
    assert (last.low, last.high, last.readings, last.share) == (49, 51, 12, 0.75)


def test_an_area_weighs_each_device_by_what_counts(cast: Cast) -> None:
    first, second, west = make.stations(cast)
    at = make.first_hour()
    make.hour(first, at, 10, counted=30, count=30)
    make.hour(second, at, 40, counted=10, count=20)
    make.hour(west, at, 99)
    found = {row.code: row for row in rows(make.product(cast, grain="area"))}
    assert found.keys() == {cast.east.code, cast.west.code}
    east = found[cast.east.code]
    assert (east.mean, east.low, east.high) == (17.5, 9, 41)
    assert (east.devices, east.readings, east.share) == (2, 50, 0.8)


def test_suspect_readings_are_counted_and_make_no_mean(cast: Cast) -> None:
    first, *_others = make.stations(cast)
    make.hour(first, make.first_hour(), 0, counted=0, count=12)
    (row,) = rows(make.product(cast))
    assert (row.mean, row.low, row.high, row.readings, row.share) == (None, None, None, 12, 0.0)


def test_a_product_of_the_east_has_nothing_of_the_west(cast: Cast) -> None:
    first, _second, west = make.stations(cast)
    for one in (first, west):
        make.hour(one, make.first_hour(), 20)
    assert [row.code for row in rows(make.product(cast, area=cast.east))] == ["AQ-1"]


def test_a_day_begins_at_the_citys_midnight(cast: Cast) -> None:
    first, *_others = make.stations(cast)
    at = make.first_hour()
    make.hour(first, at - timedelta(hours=1), 1)
    make.hour(first, at, 2)
    make.hour(first, at + timedelta(hours=23), 3)
    make.hour(first, at + timedelta(hours=24), 4)
    assert [row.mean for row in rows(make.product(cast))] == [3, 2]


def test_days_come_from_the_figures_of_days(cast: Cast) -> None:
    first, *_others = make.stations(cast)
    for ago in (0, 1, 2):
        make.day(first, ago, 10 + ago)
    today = clock.today()
    found = rows(make.product(cast, step="day"), Span(today - timedelta(days=1), today))
    assert [(row.at, row.mean) for row in found] == [
        (today, 10), (today - timedelta(days=1), 11),
    ]  # fmt: skip


def test_a_part_of_the_rows_goes_on_where_the_last_ended(cast: Cast) -> None:
    first, *_others = make.stations(cast)
    for hours in range(5):
        make.hour(first, make.first_hour() + timedelta(hours=hours), hours)
    product = make.product(cast)
    parts = [rows_of(product, yesterday(), start=start, count=2) for start in (0, 2, 4)]
    assert [[row.mean for row in part] for part in parts] == [[4, 3], [2, 1], [0]]


@pytest.mark.parametrize(("step", "days"), [("hour", 31), ("day", 1096)])
def test_no_more_days_than_it_allows(cast: Cast, step: str, days: int) -> None:
    product, today = make.product(cast, step=step), clock.today()
    assert rows(product, Span(today - timedelta(days=days - 1), today)) == []
    with pytest.raises(InvalidInput) as refused:
        rows(product, Span(today - timedelta(days=days), today))
    assert refused.value.field == "until"


def test_the_end_may_not_come_before_the_begin(cast: Cast) -> None:
    today = clock.today()
    with pytest.raises(InvalidInput) as refused:
        rows(make.product(cast), Span(today, today - timedelta(days=1)))
    assert refused.value.field == "since"


def test_what_takes_too_long_is_given_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = figures._SELECT.replace("group by", "and pg_sleep(2) is not null group by")
    first, *_others = make.stations(cast)
    make.hour(first, make.first_hour(), 20)
    monkeypatch.setattr(figures, "_SELECT", slow)
    monkeypatch.setattr(figures, "PATIENCE_S", 1)
    with pytest.raises(TooMany):
        rows(make.product(cast))


def test_a_part_closed_today_keeps_its_rows_of_yesterday(cast: Cast) -> None:
    first, *_others = make.stations(cast)
    make.hour(first, make.first_hour(), 20)
    product = make.product(cast, grain="area")
    Area.objects.filter(pk=cast.east.pk).update(valid_to=clock.today())
    assert [row.code for row in rows(product)] == [cast.east.code]
