"""What citizens say about the invented city is placed; figures of all lines: bin/bench."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction

from apps.demo.geography import build_city, load_geography
from apps.places.selectors import geocode
from benchmarks.addresses import judge
from benchmarks.support.addresses import Line, hold_out, in_words, lines


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: object) -> Iterator[list[Line]]:
    """The small city without some of its doors, and two lines of nearly every kind."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        city, held_out = hold_out(build_city(7, "small"), 7)
        load_geography(city, valid_from=date(2020, 1, 1))
        yield lines(city, held_out, seed=7, count=60)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_sixty_spoken_addresses(told: list[Line]) -> None:
    quality = judge(told, [geocode(line.text) for line in told])
    assert quality.within_50 >= 0.9
    assert quality.within_200 >= 0.93
    assert quality.wrong_and_sure <= 0.02
    assert quality.sure >= 0.6
    assert quality.unmatched <= 0.15


def test_lines_are_the_same_for_the_same_seed() -> None:
    city, held_out = hold_out(build_city(7, "small"), 7)
    assert lines(city, held_out, seed=3, count=27) == lines(city, held_out, seed=3, count=27)
    assert lines(city, held_out, seed=3, count=27) != lines(city, held_out, seed=4, count=27)


@pytest.mark.parametrize(
    ("number", "words"),
    [(7, "七"), (12, "十二"), (40, "四十"), (105, "一百零五"), (212, "二百一十二")],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert in_words(number) == words
