"""The static check finds what brute force finds on small tables."""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rules.engine import check
from apps.rules.engine.check import check_table
from apps.rules.engine.table import Table, read_facts
from apps.rules.registry import Fact, FactType, Vocabulary
from tests.rules.strategies import VALUES, VOCABULARY, bodies
from tests.rules.test_engine import body_of

COLUMNS = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=2, unique=True)


def brute_force(table: Table) -> list[list[int]]:
    """Matching rows of every input the strategies know; it covers every class of values."""
    codes = [fact.code for fact in table.inputs]
    return [
        table.matching_rows(read_facts(table.inputs, dict(zip(codes, point, strict=True))))
        for point in product(*(VALUES[code] for code in codes))
    ]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_overlaps_shadows_and_gaps_equal_brute_force(data: st.DataObject) -> None:
    columns = data.draw(COLUMNS)
    table = Table.parse(VOCABULARY, data.draw(bodies(policies=["first"], columns=columns)))
    report = check_table(table)
    outcomes = brute_force(table)
    assert report.exact
    assert bool(report.gaps) == any(not rows for rows in outcomes)
    for gap in report.gaps:
        assert table.matching_rows(read_facts(table.inputs, gap.sample)) == []
    speaking = {rows[0] for rows in outcomes if rows}
    assert {s.row - 1 for s in report.shadows} == set(range(len(table.rows))) - speaking


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_dead_outputs_equal_brute_force(data: st.DataObject) -> None:
    columns = data.draw(COLUMNS)
    body = data.draw(bodies(policies=["first", "collect"], columns=columns))
    for number, row in enumerate(body["rows"]):
        row["outputs"] = {"unit": f"u{number % 2}"}
    table = Table.parse(VOCABULARY, body)
    first = table.hit_policy == "first"
    spoken = [rows[:1] if first else rows for rows in brute_force(table)]
    given = {table.rows[n].outputs["unit"] for rows in spoken for n in rows}
    every = {row.outputs["unit"] for row in table.rows}
    assert {dead.value for dead in check_table(table).dead_outputs} == every - given


def test_row_outside_the_range_of_its_fact_is_silent_under_every_policy() -> None:
    level = Fact("level", "级别", FactType.NUMBER, whole=True, minimum=1, maximum=5)
    vocabulary = Vocabulary("v", "v", [level], VOCABULARY.outputs)
    body = body_of({"op": "between", "lo": 6}, {"op": "between", "lo": 1}, column="level")
    for policy in ("unique", "collect", "rule_order", "first"):
        report = check_table(Table.parse(vocabulary, {**body, "hit_policy": policy}))
        assert [shadow.row for shadow in report.shadows] == [1]
        assert [(dead.label, dead.rows) for dead in report.dead_outputs] == [("单位", (1,))]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_unique_overlaps_equal_brute_force(data: st.DataObject) -> None:
    columns = data.draw(COLUMNS)
    table = Table.parse(VOCABULARY, data.draw(bodies(policies=["unique"], columns=columns)))
    report = check_table(table)
    pairs = {
        (a + 1, b + 1)
        for rows in brute_force(table)
        for i, a in enumerate(rows)
        for b in rows[i + 1 :]
    }
    assert {(o.first, o.second) for o in report.overlaps} == pairs
    assert bool(report.errors) == bool(pairs)
    for overlap in report.overlaps:
        rows = table.matching_rows(read_facts(table.inputs, overlap.sample))
        assert {overlap.first - 1, overlap.second - 1} <= set(rows)


def test_row_hidden_by_two_earlier_rows_together() -> None:
    cells: list[dict[str, Any]] = [
        {"op": "between", "hi": 5},
        {"op": "between", "lo": 5, "lo_open": True},
        {"op": "between", "lo": 1, "hi": 9},
    ]
    report = check_table(Table.parse(VOCABULARY, body_of(*cells, column="level")))
    assert [(s.row, s.by) for s in report.shadows] == [(3, None)]
    assert [g.text for g in report.gaps] == ["级别未知"]


def test_missing_output_is_an_error_with_its_place() -> None:
    body = body_of({"op": "in", "values": ["a"]})
    body["rows"][0]["outputs"] = {}
    [problem] = check_table(Table.parse(VOCABULARY, body)).errors
    assert str(problem) == "第1行“单位”：未填写"


def test_table_without_rows_may_not_be_submitted() -> None:
    assert not check_table(Table.parse(VOCABULARY, body_of())).may_be_submitted


def test_search_too_long_says_so_and_still_finds_a_gap(monkeypatch: Any) -> None:
    monkeypatch.setattr(check, "BUDGET", 1)
    cells = [{"op": "in", "values": ["a"]}, {"op": "in", "values": ["b"]}]
    report = check_table(Table.parse(VOCABULARY, body_of(*cells)))
    assert not report.exact
    assert report.gaps


def test_gaps_that_will_come_stand_before_vague_ones() -> None:
    facts = [
        Fact(
            "kind", "类别", FactType.CODE, choices=lambda: [(f"k{n}", f"k{n}") for n in range(30)]
        ),
        Fact("area", "区域", FactType.AREA),
    ]
    rows = [
        {
            "key": f"r{n}",
            "cells": {
                "kind": {"op": "in", "values": [f"k{n}"]},
                "area": {"op": "within", "areas": [{"path": "/1/"}]},
            },
            "outputs": {"unit": "u"},
        }
        for n in range(29)
    ]
    body = {"hit_policy": "first", "inputs": ["kind", "area"], "outputs": ["unit"], "rows": rows}
    report = check_table(Table.parse(Vocabulary("v", "v", facts, VOCABULARY.outputs), body))
    assert report.gaps[0].text == "类别为“k29”，区域为“/1/”"
    assert (len(report.gaps), report.gap_count) == (20, 60)
