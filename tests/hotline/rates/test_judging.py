"""How cases count: every switch, and what holds whatever the cases are."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.common.errors import InvalidInput
from apps.hotline.rates.formula import CHOICES, DEFAULT, Formula, explain, parse
from apps.hotline.rates.judging import RATES, Facts, judge, tally

START = datetime(2026, 10, 1, tzinfo=UTC)


def facts(case_id: int = 1, **more) -> Facts:
    values = {
        "unit_id": 1,
        "area_id": 1,
        "area_path": "/1/",
        "opened_at": START + timedelta(minutes=case_id),
        "contacted": True,
        "on_time": True,
        "solved": True,
        "score": 5,
    }
    return Facts(case_id=case_id, **values | more)


def only(formula: Formula = DEFAULT, **more):
    (verdict,) = judge([facts(**more)], formula)
    return verdict.response, verdict.solved, verdict.satisfied, verdict.reason


def test_a_case_handled_well_counts_in_all_three():
    assert only() == (True, True, True, "")


def test_what_was_not_asked_is_in_no_denominator():
    assert only(solved=None, score=None, contacted=None) == (None, None, None, "")


@pytest.mark.parametrize(("score", "counts"), [(2, False), (3, True), (4, True)])
def test_the_lowest_satisfied_score_is_a_switch(score, counts):
    assert only(score=score)[2] is counts
    assert only(replace(DEFAULT, satisfied_from=4), score=3)[2] is False


def test_response_may_ask_for_being_on_time():
    strict = replace(DEFAULT, response="contacted_on_time")
    assert only(on_time=False)[0] is True
    assert only(strict, on_time=False)[0] is False
    assert only(strict, contacted=False)[0] is False


def test_unreachable_citizens():
    failed = replace(DEFAULT, unreachable="failed")
    missing = {"solved": None, "score": None, "unreachable": True}
    assert only(**missing)[1:3] == (None, None)
    assert only(failed, **missing)[1:3] == (False, False)


def test_exclusions_and_the_problem_pool():
    assert only(is_excluded=True)[3] == "exclusion"
    assert only(replace(DEFAULT, exclusions="counted"), is_excluded=True)[3] == ""
    assert only(in_pool=True)[3] == ""
    assert only(replace(DEFAULT, pool="excluded"), in_pool=True)[3] == "pool"


def test_a_group_of_duplicates_once_or_each():
    group = [facts(1), facts(2, group=1), facts(3, group=1), facts(4)]
    assert tally(judge(group, DEFAULT)).counted == 4
    once = judge(group, replace(DEFAULT, duplicates="once"))
    assert [v.facts.case_id for v in once if v.reason == "duplicate"] == [2, 3]


def test_the_same_person_about_the_same_thing_once():
    formula = replace(DEFAULT, same_person="once")
    cases = [
        facts(1, phone="1", class_code="a"),
        facts(2, phone="1", class_code="a"),
        facts(3, phone="1", class_code="b"),
        facts(4, phone="", class_code="a"),
        facts(5, phone="", class_code="a"),
    ]
    found = judge(reversed(cases), formula)
    assert [v.facts.case_id for v in found if v.reason] == [2]


def test_an_excluded_case_does_not_stand_for_its_group():
    formula = replace(DEFAULT, duplicates="once")
    found = judge([facts(1, is_excluded=True), facts(2, group=1)], formula)
    assert [v.reason for v in found] == ["exclusion", ""]


def test_the_score_is_weighted_and_rounded_once():
    found = tally(judge([facts(1), facts(2, solved=False, score=1), facts(3)], DEFAULT))
    assert found.rate("solved") == Decimal("66.67")
    assert found.score(DEFAULT.weights) == Decimal("76.67")


def test_a_rate_nobody_could_measure_leaves_its_weight():
    found = tally(judge([facts(1, solved=None)], DEFAULT))
    assert found.rate("solved") is None
    assert found.score(DEFAULT.weights) == Decimal("100.00")
    assert tally([]).score(DEFAULT.weights) is None


def some_facts(rng: random.Random, n: int) -> list[Facts]:
    return [
        facts(
            case_id,
            unit_id=rng.randint(1, 4),
            opened_at=START + timedelta(minutes=rng.randint(0, 50)),
            phone=rng.choice(["", "1", "2", "3"]),
            class_code=rng.choice("ab"),
            contacted=rng.choice([None, True, False]),
            on_time=rng.choice([None, True, False]),
            solved=rng.choice([None, True, False]),
            score=rng.choice([None, 1, 2, 3, 4, 5]),
            unreachable=rng.random() < 0.2,
            group=rng.choice([None, None, rng.randint(1, n)]),
            in_pool=rng.random() < 0.1,
            is_excluded=rng.random() < 0.1,
        )
        for case_id in range(1, n + 1)
    ]


def any_formula(rng: random.Random) -> Formula:
    chosen = {name: rng.choice(options)[0] for name, options in CHOICES.items()}
    response = rng.randint(0, 100)
    solved = rng.randint(0, 100 - response)
    weights = {"response": response, "solved": solved, "satisfied": 100 - response - solved}
    return Formula(weights=weights, satisfied_from=rng.randint(1, 5), **chosen)


@pytest.mark.parametrize("seed", range(200))
def test_what_holds_for_any_cases_and_any_formula(seed):
    rng = random.Random(seed)
    formula = any_formula(rng)
    assert parse(formula.as_body()) == formula
    assert len(explain(formula)) == len(CHOICES) + 1 + len(RATES)
    cases = some_facts(rng, rng.randint(0, 60))
    verdicts = judge(cases, formula)
    shuffled = cases[:]
    rng.shuffle(shuffled)
    assert judge(shuffled, formula) == verdicts
    found = tally(verdicts)
    assert found.counted + found.left_out == len(cases)
    for rate in RATES:
        values = [getattr(v, rate) for v in verdicts if not v.reason]
        assert found.whole[rate] == sum(value is not None for value in values)
        assert found.part[rate] == sum(value is True for value in values)
    by_unit: dict[int, list] = {}
    for verdict in verdicts:
        by_unit.setdefault(verdict.facts.unit_id, []).append(verdict)
    assert sum(tally(part).counted for part in by_unit.values()) == found.counted
    score = found.score(formula.weights)
    assert score is None or 0 <= score <= 100


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weights": {"response": 50, "solved": 50}}, "weights"),
        ({"weights": {"response": 50, "solved": 50, "satisfied": 1}}, "weights"),
        ({"weights": {"response": -1, "solved": 51, "satisfied": 50}}, "weights"),
        ({"weights": {"response": True, "solved": 49, "satisfied": 50}}, "weights"),
        ({"weights": None}, "weights"),
        ({"basis": "sometimes"}, "basis"),
        ({"satisfied_from": 6}, "satisfied_from"),
        ({"satisfied_from": "3"}, "satisfied_from"),
        ({"more": 1}, None),
    ],
)
def test_a_formula_that_means_nothing_is_refused(change, field):
    with pytest.raises(InvalidInput) as refusal:
        parse(DEFAULT.as_body() | change)
    assert refusal.value.field == field
