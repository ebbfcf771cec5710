"""The engine means what its plain form says, and refuses what could harm."""

import copy
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rules.engine.compiled import CompiledTable
from apps.rules.engine.explain import columns_of, sentence
from apps.rules.engine.problems import InvalidFacts, InvalidTable, SeveralRowsMatch
from apps.rules.engine.table import MAX_ROWS, Table, plain_facts, read_facts
from apps.rules.registry import Condition, Fact, FactType, Output, OutputType, Vocabulary
from tests.rules.strategies import VALUES, VOCABULARY, bodies, inputs


def parse(body: dict[str, Any]) -> Table:
    return Table.parse(VOCABULARY, body)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_compiled_table_equals_the_plain_scan(data: st.DataObject) -> None:
    body = data.draw(bodies(policies=["collect", "first"], rows=25))
    table = parse(body)
    compiled = CompiledTable(table)
    for _turn in range(5):
        values = read_facts(table.inputs, data.draw(inputs(body["inputs"])))
        plain = table.matching_rows(values)
        expected = plain[:1] if body["hit_policy"] == "first" else plain
        assert list(compiled.decide(values).rows) == expected


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_explanation_names_the_row_that_fires(data: st.DataObject) -> None:
    body = data.draw(bodies(policies=["first"]))
    table = parse(body)
    values = read_facts(table.inputs, data.draw(inputs(body["inputs"])))
    hit = CompiledTable(table).decide(values)
    told = sentence(name="派单规则", number=3, table=table, rows=hit.rows)
    if hit.rows:
        assert f"第{hit.rows[0] + 1}行" in told
        assert hit.outputs[0]["unit"] in told
    for number, row in enumerate(table.rows):
        whole_row = all(column.hit for column in columns_of(table, row, values))
        assert whole_row == (number in table.matching_rows(values))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_stored_form_round_trips(data: st.DataObject) -> None:
    table = parse(data.draw(bodies(policies=["first", "unique", "collect", "rule_order"])))
    assert parse(table.to_json()) == table


@given(facts=inputs(list(VALUES)))
def test_snapshot_of_facts_round_trips(facts: dict[str, Any]) -> None:
    values = read_facts(VOCABULARY, facts)
    assert read_facts(VOCABULARY, plain_facts(values)) == values


def body_of(*cells: dict[str, Any], policy: str = "first", column: str = "kind") -> dict[str, Any]:
    return {
        "hit_policy": policy,
        "inputs": [column],
        "outputs": ["unit"],
        "rows": [
            {"key": f"r{n}", "cells": {column: cell}, "outputs": {"unit": f"u{n}"}}
            for n, cell in enumerate(cells)
        ],
    }


def test_unique_table_with_two_matching_rows_refuses_to_choose() -> None:
    cell = {"op": "in", "values": ["a"]}
    compiled = CompiledTable(parse(body_of(cell, cell, policy="unique")))
    with pytest.raises(SeveralRowsMatch) as refusal:
        compiled.decide({"kind": "a"})
    assert refusal.value.keys == ("r0", "r1")


def test_unknown_value_never_meets_not_in() -> None:
    compiled = CompiledTable(parse(body_of({"op": "not_in", "values": ["a"]})))
    assert compiled.decide({"kind": None}).rows == ()
    assert compiled.decide({"kind": "b"}).rows == (0,)


def _nested(depth: int) -> Any:
    deep: Any = "a"
    for _level in range(depth):
        deep = [deep]
    return deep


HOSTILE_CELLS = [
    ("kind", {"op": "in", "values": ["a"] * 1001}),
    ("kind", {"op": "in", "values": [_nested(5000)]}),
    ("kind", {"op": "in", "values": [["a"]]}),
    ("kind", {"op": "in", "values": []}),
    ("kind", {"op": "in", "values": ["nobody"]}),
    ("kind", {"op": "in", "values": "abc"}),
    ("kind", {"op": "eval", "code": "1"}),
    ("kind", {"op": ["in"]}),
    ("kind", {"op": "in", "values": ["a"], "then": "x"}),
    ("kind", {"op": "between", "lo": 1}),
    ("kind", "a"),
    ("level", {"op": "between", "lo": float("nan")}),
    ("level", {"op": "between", "lo": float("inf")}),
    ("level", {"op": "between", "lo": 10**400}),
    ("level", {"op": "between", "lo": True}),
    ("level", {"op": "between", "lo": "1"}),
    ("level", {"op": "between", "lo": 3, "hi": 1}),
    ("level", {"op": "between", "lo": 1, "hi": 1, "lo_open": True}),
    ("level", {"op": "between", "lo": 1, "lo_open": "yes"}),
    ("level", {"op": "between"}),
    ("urgent", {"op": "in", "values": [1]}),
    ("area", {"op": "within", "areas": [{"path": "%"}]}),
    ("area", {"op": "within", "areas": [{"path": "/1/", "label": "x" * 201}]}),
    ("area", {"op": "within", "areas": ["/1/"]}),
    ("text", {"op": "contains", "words": [""]}),
    ("text", {"op": "contains", "words": ["x" * 51]}),
    ("text", {"op": "contains", "words": ["a\nb"]}),
    ("text", {"op": "contains", "words": [str(n) for n in range(101)]}),
    ("tags", {"op": "has_any", "values": [None]}),
    ("at", {"op": "between", "lo": "2026-01-01T00:00:00"}),
    ("at", {"op": "between", "lo": "tomorrow"}),
]


@pytest.mark.parametrize(("column", "cell"), HOSTILE_CELLS)
def test_hostile_cell_is_refused_with_its_address(column: str, cell: Any) -> None:
    with pytest.raises(InvalidTable) as refusal:
        parse(body_of(cell, column=column))
    problem = refusal.value.problems[0]
    assert (problem.row, problem.column) == (1, column)


GOOD = body_of({"op": "in", "values": ["a"]})


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.update(hit_policy="sum"),
        lambda b: b.update(inputs=["nothing"]),
        lambda b: b.update(inputs=["kind", "kind"]),
        lambda b: b.update(inputs=[]),
        lambda b: b.update(outputs=[["unit"]]),
        lambda b: b.update(rows="many"),
        lambda b: b.update(rows=[None]),
        lambda b: b.update(rows=[b["rows"][0]] * 2),
        lambda b: b.update(rows=[{"key": str(n)} for n in range(MAX_ROWS + 1)]),
        lambda b: b.update(macro="x"),
        lambda b: b["rows"][0].update(key=""),
        lambda b: b["rows"][0].update(script="x"),
        lambda b: b["rows"][0].update(note=1),
        lambda b: b["rows"][0].update(cells=[]),
        lambda b: b["rows"][0]["cells"].update(level=None),
        lambda b: b["rows"][0]["outputs"].update(unit=5),
        lambda b: b["rows"][0]["outputs"].update(other="x"),
    ],
)
def test_malformed_table_is_refused(change: Any) -> None:
    body = copy.deepcopy(GOOD)
    change(body)
    with pytest.raises(InvalidTable):
        parse(body)
    with pytest.raises(InvalidTable):
        parse([body])  # type: ignore[arg-type]


def test_huge_table_of_values_is_refused() -> None:
    values = [f"v{n}" for n in range(1000)]
    free = Vocabulary("free", "x", [Fact("kind", "类别", FactType.CODE)], VOCABULARY.outputs)
    body = body_of(*[{"op": "in", "values": values}] * 201)
    with pytest.raises(InvalidTable):
        Table.parse(free, body)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": 5}, "kind"),
        ({"level": float("nan")}, "level"),
        ({"level": True}, "level"),
        ({"urgent": "yes"}, "urgent"),
        ({"area": "1/2"}, "area"),
        ({"tags": "x"}, "tags"),
        ({"tags": [1]}, "tags"),
        ({"at": datetime(2026, 1, 1)}, "at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_fact_is_refused_by_name(facts: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidFacts) as refusal:
        read_facts(VOCABULARY, facts)
    assert refusal.value.fact == code


def test_missing_required_fact_is_refused() -> None:
    needed = (Fact("kind", "类别", FactType.CODE, required=True),)
    with pytest.raises(InvalidFacts):
        read_facts(needed, {})


def test_output_values_are_typed() -> None:
    limit = Output("limit", "时限", OutputType.LIMIT, unit="个工作日", phrase="时限{value}")
    assert limit.sentence(limit.read(5)) == "时限5个工作日"
    for wrong in (0, -1, "5", True, float("nan")):
        with pytest.raises(ValueError, match=r".+"):
            limit.read(wrong)


def test_vocabulary_names_each_fact_once() -> None:
    fact = Fact("kind", "类别", FactType.CODE)
    with pytest.raises(ValueError, match="twice"):
        Vocabulary("x", "x", [fact, fact])


def test_condition_tree_evaluates_and_explains() -> None:
    condition = Condition.parse(
        VOCABULARY,
        {
            "all": [
                {"fact": "kind", "op": "in", "values": ["a"]},
                {"not": {"fact": "level", "op": "between", "lo": 3}},
                {"any": [{"fact": "urgent", "op": "in", "values": [True]}, {"all": []}]},
            ]
        },
    )
    assert condition.evaluate({"kind": "a", "level": 2})
    assert not condition.evaluate({"kind": "a", "level": 3})
    lines = condition.explain({"kind": "a", "level": 3})
    assert [line.level for line in lines] == [0, 1, 1, 2, 1, 2, 2]
    assert [line.text for line in lines if not line.holds][:2] == ["以下都成立", "以下不成立"]


@pytest.mark.parametrize(
    "raw",
    [
        {"all": [{"fact": "kind", "op": "empty"}] * 200},
        {"not": {"not": {"not": {"not": {"not": {"not": {"all": []}}}}}}},
        {"all": {}},
        {"all": [], "any": []},
        {"xor": []},
        {"fact": "nothing", "op": "empty"},
        {"fact": ["kind"], "op": "empty"},
        {"fact": "kind", "op": "contains", "words": ["x"]},
        "true",
        [1],
    ],
)
def test_hostile_condition_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidTable):
        Condition.parse(VOCABULARY, raw)
