"""Texts as citizens say them against the places they mean, and how fast they are understood.

300 lines of 27 kinds about the demo city: doors in digits and words, doors nobody registered,
rows, buildings and rooms, crossings and corners, walks along roads, stretches between two
roads, kilometre marks, slips of the keyboard, a district that contradicts, a home told beside
the place, and names of another city. ``benchmarks/support/addresses.py`` makes them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.runner import Bench, Figure

if TYPE_CHECKING:
    from benchmarks.support.addresses import Line

DESCRIPTION = "share of 300 spoken addresses placed within 50 m and 200 m; lines/s"
SEED = 20261121
LINES = 300
ROUNDS = 3
SINCE = date(2020, 1, 1)
#: From here on the product believes a place without asking a person.
SURE = 0.8
#: Coarser than a place: the road or the area alone.
COARSE_M = 500.0


@dataclass(frozen=True)
class Quality:
    """Shares of the lines, 0 to 1. sure: placed without asking a person."""

    within_50: float
    within_200: float
    wrong_and_sure: float
    sure: float
    unmatched: float


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from django.db import connection

    from apps.demo.geography import build_city, load_geography
    from apps.places.selectors import geocode
    from benchmarks.support.addresses import hold_out, lines

    bench.progress("building the city")
    city, held_out = hold_out(build_city(SEED, "default"), SEED)
    load_geography(city, valid_from=SINCE)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    told = lines(city, held_out, seed=SEED, count=LINES)
    geocode(told[0].text)
    rates, found = [], []
    for number in range(1, ROUNDS + 1):
        bench.progress(f"round {number} of {ROUNDS}")
        began = time.perf_counter()
        found = [geocode(line.text) for line in told]
        rates.append(LINES / (time.perf_counter() - began))
    quality = judge(told, found)
    return [
        Figure("within 50 m", quality.within_50 * 100, "%", ">=", 90),
        Figure("within 200 m", quality.within_200 * 100, "%", ">=", 93),
        Figure("wrong and sure", quality.wrong_and_sure * 100, "%", "<=", 2),
        Figure("believed without asking", quality.sure * 100, "%", ">=", 60),
        Figure("unmatched", quality.unmatched * 100, "%", "<=", 15),
        Figure("best of three rounds", max(rates), "lines/s", ">=", 50),
    ]


def judge(told: "Sequence[Line]", found: Sequence[Sequence[Any]]) -> Quality:
    """Will compare the best candidate of each line with the place meant.

    Shares of distances are of the lines that mean a place, the others of all lines.
    """
    offs = [_off_m(line, candidates) for line, candidates in zip(told, found, strict=True)]
    placed = [off for line, off in zip(told, offs, strict=True) if line.point is not None]
    sure = [bool(c) and c[0].confidence >= SURE for c in found]
    wrong = [is_sure and off > 200 for is_sure, off in zip(sure, offs, strict=True)]
    coarse = [not c or c[0].precision_m > COARSE_M for c in found]
    return Quality(
        within_50=sum(off <= 50 for off in placed) / len(placed),
        within_200=sum(off <= 200 for off in placed) / len(placed),
        wrong_and_sure=sum(wrong) / len(told),
        sure=sum(sure) / len(told),
        unmatched=sum(coarse) / len(told),
    )


def _off_m(line: "Line", candidates: Sequence[Any]) -> float:
    """How far the best candidate is from the place meant; nothing is near to nowhere."""
    if not candidates or line.point is None:
        return float("inf")
    from benchmarks.support.addresses import metres

    best = candidates[0].point
    return metres(line.point, (best.x, best.y))
