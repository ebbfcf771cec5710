"""Random small vocabularies' tables and inputs for the property tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from apps.rules.registry import Fact, FactType, Output, OutputType, Vocabulary

CODES = ["a", "b", "c"]
LABELS = [("a", "甲"), ("b", "乙"), ("c", "丙"), ("d", "丁")]
PATHS = ["/1/", "/1/2/", "/1/2/3/", "/1/4/", "/5/"]
WORDS = ["井", "井盖", "路灯"]
TAGS = ["x", "y", "z"]
DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(4)]

VOCABULARY = Vocabulary(
    code="test.all",
    label="试验",
    facts=[
        Fact(
            "kind", "类别", FactType.CODE, choices=lambda: [(c, c.upper()) for c in [*CODES, "d"]]
        ),
        Fact("level", "级别", FactType.NUMBER),
        Fact("urgent", "紧急", FactType.BOOL),
        Fact("area", "区域", FactType.AREA),
        Fact("tags", "标签", FactType.TAGS),
        Fact("text", "内容", FactType.TEXT),
        Fact("at", "时间", FactType.DATETIME),
    ],
    outputs=[
        Output("unit", "单位", OutputType.CODE),
        Output("help", "协办", OutputType.ORGANIZATIONS, choices=lambda: LABELS, required=False),
    ],
)


def _several(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def _between(values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def make(ends: tuple[Any, Any], lo_open: bool, hi_open: bool, side: int) -> dict[str, Any]:
        lo, hi = sorted(ends)
        if lo == hi:
            lo_open = hi_open = False
        return {
            "op": "between",
            "lo": None if side == 1 else lo,
            "hi": None if side == 2 else hi,
            "lo_open": lo_open,
            "hi_open": hi_open,
        }

    pair = st.tuples(st.sampled_from(values), st.sampled_from(values))
    return st.builds(make, pair, st.booleans(), st.booleans(), st.integers(0, 2))


def _sets(values: list[Any], *ops: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda op, chosen: {"op": op, "values": chosen}, st.sampled_from(ops), _several(values)
    )


ANY = st.none()
EMPTY = st.just({"op": "empty"})
CELLS = {
    "kind": st.one_of(ANY, EMPTY, _sets(CODES, "in", "not_in")),
    "level": st.one_of(ANY, EMPTY, _between([1, 2, 3]), _sets([1, 2, 3], "in", "not_in")),
    "urgent": st.one_of(ANY, EMPTY, _sets([True, False], "in")),
    "area": st.one_of(
        ANY,
        EMPTY,
        _several(PATHS).map(lambda ps: {"op": "within", "areas": [{"path": p} for p in ps]}),
    ),
    "tags": st.one_of(ANY, EMPTY, _sets(TAGS, "has_any", "has_all")),
    "text": st.one_of(ANY, EMPTY, _several(WORDS).map(lambda w: {"op": "contains", "words": w})),
    "at": st.one_of(ANY, EMPTY, _between([d.isoformat() for d in DAYS])),
}
VALUES: dict[str, list[Any]] = {
    "kind": [None, *CODES, "d"],
    "level": [None, 0, 1, 1.5, 2, 2.5, 3, 4],
    "urgent": [None, True, False],
    "area": [None, *PATHS, "/1/2/9/", "/1/4/7/", "/12/", "/6/"],
    "tags": [None, ["x"], ["y"], ["z"], ["x", "y"], ["x", "z"], ["y", "z"], TAGS, ["w"]],
    "text": [None, "井", "井盖", "路灯", "井 路灯", "井盖路灯", "别的"],
    "at": [
        None,
        *(d.isoformat() for d in DAYS),
        *((d + timedelta(hours=12)).isoformat() for d in [DAYS[0] - timedelta(days=2), *DAYS]),
    ],
}


_HELP = st.one_of(st.just({}), st.builds(lambda codes: {"help": codes}, _several(CODES)))


@st.composite
def bodies(
    draw: st.DrawFn, *, policies: list[str], columns: list[str] | None = None, rows: int = 8
) -> dict[str, Any]:
    """A table body over some columns of the vocabulary."""
    chosen = columns or draw(_several(list(CELLS)))
    count = draw(st.integers(1, rows))
    return {
        "hit_policy": draw(st.sampled_from(policies)),
        "inputs": chosen,
        "outputs": ["unit", "help"],
        "rows": [
            {
                "key": f"r{n}",
                "cells": {c: cell for c in chosen if (cell := draw(CELLS[c])) is not None},
                "outputs": {"unit": f"u{n}"} | draw(_HELP),
            }
            for n in range(count)
        ],
    }


def inputs(columns: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({c: st.sampled_from(VALUES[c]) for c in columns})
