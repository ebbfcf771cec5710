"""Free conditions: what they mean, what they say, what is refused."""

from itertools import product
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rules import services
from apps.rules.engine.conditions import MAX_DEPTH, Condition
from apps.rules.errors import InvalidRules
from tests.rules.conftest import DISPATCH
from tests.rules.strategies import CELLS, VALUES, VOCABULARY

IS_A = {"fact": "kind", "op": "in", "values": ["a"]}
HIGH = {"fact": "level", "op": "between", "lo": 3}
URGENT = {"fact": "urgent", "op": "in", "values": [True]}


def condition(raw: Any) -> Condition:
    return Condition.parse(VOCABULARY, raw)


def test_all_any_and_not() -> None:
    tree = condition({"all": [IS_A, {"not": HIGH}, {"any": [URGENT, {"all": []}]}]})
    assert tree.evaluate({"kind": "a", "level": 2})
    assert not tree.evaluate({"kind": "a", "level": 3})
    assert tree.fact_codes == {"kind", "level", "urgent"}


def test_no_condition_always_holds_and_an_empty_choice_never() -> None:
    assert condition({}).evaluate({})
    assert condition(None).evaluate({})
    assert not condition({"any": []}).evaluate({})


@pytest.mark.parametrize("raw", [IS_A, {"not": IS_A}, {"not": {"not": IS_A}}, {"any": [IS_A]}])
def test_what_is_not_known_decides_nothing(raw: Any) -> None:
    assert not condition(raw).evaluate({})
    assert condition(raw).why({}) == "条件无从判断：类别是“A”，实际未知。"


def test_emptiness_is_known() -> None:
    assert condition({"fact": "kind", "op": "empty"}).evaluate({})
    assert not condition({"not": {"fact": "kind", "op": "empty"}}).evaluate({})


@pytest.mark.parametrize(
    ("leaf", "holds", "fails"),
    [
        (
            {"fact": "area", "op": "within", "areas": [{"path": "/1/2/"}]},
            {"area": "/1/2/3/"},
            {"area": "/1/20/"},
        ),
        ({"fact": "tags", "op": "has_any", "values": ["x", "y"]}, {"tags": ["y"]}, {"tags": ["z"]}),
        (
            {"fact": "tags", "op": "has_all", "values": ["x", "y"]},
            {"tags": ["x", "y", "z"]},
            {"tags": ["y"]},
        ),
        ({"fact": "text", "op": "contains", "words": ["井盖"]}, {"text": "井盖坏"}, {"text": "井"}),
        ({"fact": "kind", "op": "not_in", "values": ["a"]}, {"kind": "b"}, {"kind": "a"}),
        (
            {"fact": "level", "op": "between", "lo": 1, "lo_open": True},
            {"level": 1.5},
            {"level": 1},
        ),
    ],
)
def test_leaves(leaf: Any, holds: Any, fails: Any) -> None:
    assert condition(leaf).evaluate(holds)
    assert not condition(leaf).evaluate(fails)
    assert condition({"not": leaf}).evaluate(fails)


def test_it_says_what_it_asks() -> None:
    tree = condition({"all": [IS_A, {"any": [HIGH, URGENT]}, {"not": IS_A}]})
    assert tree.text() == "类别是“A”，且（级别不小于3，或紧急是“是”），且并非（类别是“A”）"


def test_it_says_why_by_what_decided() -> None:
    tree = condition({"all": [IS_A, {"any": [HIGH, URGENT]}]})
    facts = {"kind": "a", "level": 1, "urgent": False}
    assert tree.why(facts) == (
        "条件不成立：级别不小于3，实际为“1”，不符合；紧急是“是”，实际为“否”，不符合。"
    )
    assert tree.why({"kind": "a", "level": 4}) == (
        "条件成立：类别是“A”，实际为“A”，符合；级别不小于3，实际为“4”，符合。"
    )


def test_line_by_line() -> None:
    lines = condition({"all": [IS_A, {"not": HIGH}]}).explain({"kind": "a", "level": 3})
    assert [(line.level, line.holds) for line in lines] == [
        (0, False),
        (1, True),
        (1, False),
        (2, True),
    ]
    assert lines[2].text == "以下不成立"


LEAVES = st.sampled_from(list(CELLS)).flatmap(
    lambda code: CELLS[code].filter(bool).map(lambda cell: {"fact": code, **cell})
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda p: {"all": p}),
        st.lists(parts, max_size=3).map(lambda p: {"any": p}),
        parts.map(lambda p: {"not": p}),
    ),
    max_leaves=5,
)


def plain_meaning(raw: dict[str, Any], facts: dict[str, Any]) -> bool:
    """The meaning with every fact known, written as naively as can be."""
    if "fact" in raw:
        return condition(raw).evaluate(facts)
    [(kind, content)] = raw.items()
    if kind == "not":
        return not plain_meaning(content, facts)
    return (all if kind == "all" else any)(plain_meaning(part, facts) for part in content)


def depth_of(raw: dict[str, Any]) -> int:
    if "fact" in raw:
        return 1
    [content] = raw.values()
    parts = content if isinstance(content, list) else [content]
    return 1 + max((depth_of(part) for part in parts), default=0)


@settings(max_examples=150, deadline=None)
@given(
    raw=TREES.filter(lambda raw: depth_of(raw) <= MAX_DEPTH),
    facts=st.fixed_dictionaries({c: st.sampled_from(v[1:]) for c, v in VALUES.items()}),
)
def test_known_facts_mean_plain_logic(raw: dict[str, Any], facts: dict[str, Any]) -> None:
    assert condition(raw).evaluate(facts) == plain_meaning(raw, facts)
    assert (
        condition(raw)
        .why(facts)
        .startswith("条件成立" if plain_meaning(raw, facts) else "条件不成立")
    )


def test_more_knowledge_never_undoes_a_verdict() -> None:
    tree = condition({"any": [{"all": [IS_A, {"not": HIGH}]}, URGENT]})
    options = [("kind", ["a", "b"]), ("level", [2, 3]), ("urgent", [True, False])]
    for known in product(*([None, *values] for _code, values in options)):
        some = {c: v for (c, _all), v in zip(options, known, strict=True) if v is not None}
        if not tree.evaluate(some):
            continue
        for full in product(*(values for _code, values in options)):
            facts = {c: v for (c, _all), v in zip(options, full, strict=True)}
            assert tree.evaluate({**facts, **some})


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"all": [{"fact": "kind", "op": "empty"}] * 200}, "最多 200 项"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {"all": []}}}}}}}, "最多 6 层"),
        ({"all": [{"any": [{"fact": "colour", "op": "empty"}]}]}, "all[0].any[0]"),
        ({"fact": "kind", "op": "in", "values": list(range(1_000_000))}, "最多列出 1000 项"),
        ({"xor": []}, "条件格式不正确"),
        ("true", "条件格式不正确"),
    ],
)
def test_hostile_condition_is_refused_with_its_place(raw: Any, words: str) -> None:
    with pytest.raises(InvalidRules) as refusal:
        services.parse_condition(DISPATCH, raw)
    assert words in str(refusal.value)


@pytest.mark.django_db
def test_parsed_by_the_door_it_asks_the_area_tree() -> None:
    raw = {"fact": "area", "op": "within", "areas": [{"path": "/7/", "label": "港东区"}]}
    tree = services.parse_condition(DISPATCH, raw)
    assert tree.evaluate({"area": "/7/8/"})
    with translation.override("zh-hans"):
        assert tree.text() == "区域在“港东区”"
