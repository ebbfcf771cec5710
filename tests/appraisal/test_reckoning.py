"""The pure core: overlapping spells, slices, four rates, scores, places. OP-16, VD-08."""

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.appraisal.reckoning import (
    Condition,
    HourHeard,
    Job,
    Look,
    Piece,
    Rate,
    Rules,
    Slice,
    Spell,
    Weights,
    paint,
    places,
    pooled,
    reckon,
    score_of,
)
from apps.appraisal.reckoning.painting import CAUSES

MINUTE, MONTH = 60, 30 * 1440
POWER_IS_EXCUSED = Rules(excused=frozenset({"power"}))


def spell(began: int, ended: int | None, cause: str = "", **more: Any) -> Spell:
    return Spell(began, ended, cause, key=f"{began}:{cause}", **more)


def conditions(*spells: Spell, **more: Any) -> list[tuple[int, int, str, str]]:
    rules = more.pop("rules", POWER_IS_EXCUSED)
    pieces = paint(spells, begin=0, end=100, rules=rules, **more)
    return [(p.began, p.ended, p.condition.value, p.cause) for p in pieces]


def test_a_month_without_trouble_is_up_throughout() -> None:
    assert conditions() == [(0, 100, "up", "")]
    assert paint([], begin=5, end=5, rules=Rules()) == []


def test_overlapping_outages_are_counted_once() -> None:
    found = conditions(spell(10, 40, "equipment"), spell(30, 50, "equipment"))
    assert [(a, b, c) for a, b, c, _cause in found] == [
        (0, 10, "up"),
        (10, 30, "down"),
        (30, 40, "down"),
        (40, 50, "down"),
        (50, 100, "up"),
    ]


def test_where_spells_overlap_the_strongest_owns_the_second() -> None:
    found = conditions(
        spell(10, 60, "equipment"), spell(20, 40, "power"), spell(30, 50, is_planned=True)
    )
    assert found == [
        (0, 10, "up", ""),
        (10, 20, "down", "equipment"),
        (20, 30, "excused", "power"),
        (30, 40, "planned", ""),
        (40, 50, "planned", ""),
        (50, 60, "down", "equipment"),
        (60, 100, "up", ""),
    ]


def test_what_nobody_could_tell_is_weaker_than_a_known_outage() -> None:
    found = conditions(spell(0, 50, is_known=False), spell(20, None, "vendor"))
    assert [(a, c) for a, _b, c, _cause in found] == [(0, "unknown"), (20, "down"), (50, "down")]
    strict = Rules(unknown_is_down=True)
    assert {c for _a, _b, c, _d in conditions(spell(0, 50, is_known=False), rules=strict)} == {
        "down",
        "up",
    }


def test_before_anybody_looked_it_is_unknown_not_up() -> None:
    assert conditions(watched_from=30)[0] == (0, 30, "unknown", "")


def test_a_spell_left_out_by_an_appeal_is_as_if_it_had_not_been() -> None:
    assert conditions(spell(10, 40, "vendor", left_out=True)) == [(0, 100, "up", "")]


def test_a_spell_of_no_length_or_the_wrong_way_round_changes_nothing() -> None:
    assert conditions(spell(10, 10), spell(40, 20)) == [(0, 100, "up", "")]


def test_a_point_moved_in_mid_month_is_split_by_the_day_it_moved() -> None:
    parts = reckon(
        [Slice(0, 40, "east", "甲"), Slice(40, 100, "west", "乙")],
        rules=Rules(),
        spells=[spell(30, 60, "vendor")],
        jobs=[Job(35, 34), Job(70, 80)],
    )
    assert [p.rates["online"] for p in parts] == [Rate(30, 40), Rate(40, 60)]
    assert [p.rates["repair"] for p in parts] == [Rate(1, 1), Rate(0, 1)]
    assert [p.outages for p in parts] == [1, 1]
    assert sum(p.ledger.total for p in parts) == 100


def test_an_hour_of_recording_never_owes_more_than_it_was_due() -> None:
    hour = 3600
    (part,) = reckon(
        [Slice(0, 3 * hour)],
        rules=POWER_IS_EXCUSED,
        spells=[spell(0, 1800, "power")],
        hours=[HourHeard(0, 3600), HourHeard(hour, 900), HourHeard(2 * hour, 0, left_out=True)],
    )
    assert part.rates["recording"] == Rate(1800 + 900, 1800 + 3600)


def test_repairs_and_pictures_leave_out_what_is_nobodys_fault() -> None:
    (part,) = reckon(
        [Slice(0, 100)],
        rules=POWER_IS_EXCUSED,
        spells=[spell(50, 60, "power")],
        jobs=[
            Job(10, 9),
            Job(10, 11),
            Job(10, None),
            Job(10, None, cause="power"),
            Job(10, None, is_planned=True),
            Job(100, 5),
        ],
        looks=[Look(1, True), Look(2, False), Look(3, None), Look(55, False), Look(4, False, True)],
    )
    assert part.rates["repair"] == Rate(1, 3)
    assert part.rates["picture"] == Rate(1, 2)


def test_a_point_nobody_watches_has_no_online_rate() -> None:
    (part,) = reckon([Slice(0, 100)], rules=Rules(), spells=[], is_observed=False)
    assert part.rates["online"] == Rate()
    assert score_of(part.rates, Weights(25, 25, 25, 25)) is None


def oracle(spells: list[Spell], rules: Rules, watched_from: int) -> np.ndarray[Any, Any]:
    """Minute by minute, weakest painted first: 0 up, 1 unknown, 2 down, 3 excused, 4 planned."""
    minutes = np.zeros(MONTH, dtype=np.int8)
    minutes[:watched_from] = 1

    def brush(wanted: int, chosen: list[Spell]) -> None:
        for one in chosen:
            end = MONTH if one.ended is None else max(one.ended // MINUTE, 0)
            minutes[max(one.began // MINUTE, 0) : end] = wanted

    live = [s for s in spells if not s.left_out]
    known = [s for s in live if s.is_known]
    brush(1, [s for s in live if not s.is_known])
    brush(2, [s for s in known if not s.is_planned and s.cause not in rules.excused])
    brush(3, [s for s in known if not s.is_planned and s.cause in rules.excused])
    brush(4, [s for s in known if s.is_planned])
    return minutes


def random_month(dice: random.Random) -> tuple[list[Spell], Rules, int]:
    spells = []
    for nth in range(dice.randint(0, 14)):
        began = dice.randint(-2000, MONTH)
        length = dice.choice((0, 1, 5, 300, 4000, dice.randint(0, MONTH)))
        ended = None if dice.random() < 0.05 else (began + length) * MINUTE
        spells.append(
            Spell(
                began * MINUTE,
                ended,
                dice.choice(CAUSES),
                is_planned=dice.random() < 0.2,
                is_known=dice.random() > 0.15,
                key=str(nth),
                left_out=dice.random() < 0.1,
            )
        )
    excused = frozenset(dice.sample(CAUSES, dice.randint(0, 3)))
    return spells, Rules(excused=excused), dice.choice((0, 0, 0, dice.randint(0, MONTH)))


def test_a_thousand_random_months_equal_a_slow_count_by_minutes() -> None:
    dice = random.Random(20261122)
    names = ("up", "unknown", "down", "excused", "planned")
    for nth in range(1000):
        spells, rules, watched = random_month(dice)
        turn = dice.randint(1, MONTH - 1)
        slices = [
            Slice(0, turn * MINUTE, "east", "甲"),
            Slice(turn * MINUTE, MONTH * MINUTE, "west", "乙"),
        ]
        parts = reckon(slices, rules=rules, spells=spells, watched_from=watched * MINUTE)
        slow = oracle(spells, rules, watched)
        for part, minutes in zip(parts, (slow[:turn], slow[turn:]), strict=True):
            counts = np.bincount(minutes, minlength=5) * MINUTE
            assert {n: getattr(part.ledger, n) for n in names} == dict(
                zip(names, map(int, counts), strict=True)
            ), f"month {nth}"
            good, due = int(counts[0]), int(counts[0] + counts[2])
            assert part.rates["online"] == Rate(good, due), f"month {nth}"


spans = st.tuples(st.integers(-50, 150), st.integers(0, 120), st.sampled_from(CAUSES))


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, max_size=8), st.integers(1, 99), st.randoms(use_true_random=False))
def test_pieces_cover_the_span_and_order_of_rows_does_not_matter(
    told: list[tuple[int, int, str]], turn: int, dice: random.Random
) -> None:
    spells = [spell(began, began + length, cause) for began, length, cause in told]
    pieces = paint(spells, begin=0, end=100, rules=POWER_IS_EXCUSED)
    assert [p.began for p in pieces] == [0, *(p.ended for p in pieces[:-1])]
    assert pieces[-1].ended == 100
    dice.shuffle(spells)
    assert [Piece(p.began, p.ended, p.condition, p.cause) for p in pieces] == [
        Piece(p.began, p.ended, p.condition, p.cause)
        for p in paint(spells, begin=0, end=100, rules=POWER_IS_EXCUSED)
    ]
    halves = reckon([Slice(0, turn), Slice(turn, 100)], rules=POWER_IS_EXCUSED, spells=spells)
    whole = reckon([Slice(0, 100)], rules=POWER_IS_EXCUSED, spells=spells)[0]
    assert pooled(p.rates for p in halves)["online"] == whole.rates["online"]


def test_weights_share_what_was_not_due_and_scores_round_half_up() -> None:
    weights = Weights(40, 20, 20, 20)
    rates = {"online": Rate(1, 2), "repair": Rate(3, 4)}
    assert score_of(rates, weights) == Decimal("58.33")
    assert Rate(1, 8).percent == Decimal("12.50")
    assert Rate(2, 3).percent == Decimal("66.67")
    assert Rate().percent is None


def test_equal_scores_share_a_place_and_no_score_has_none() -> None:
    scores = {"a": Decimal("9"), "b": Decimal("7"), "c": Decimal("9"), "d": None}
    assert places(scores) == {"a": 1, "b": 3, "c": 1, "d": None}


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_has_a_place_in_the_ledger(condition: Condition) -> None:
    (part,) = reckon([Slice(0, 10)], rules=Rules(), spells=[])
    assert getattr(part.ledger, condition.value) == (10 if condition == Condition.UP else 0)
