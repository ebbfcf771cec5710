"""A decision table of 200 rows against the same rules as a plain Python chain of ifs.

The chain is what a programmer would have written instead: one ``if`` a row, sets as frozen
constants, areas by ``startswith``, the first that holds returns. It is made from the very rows
and must give the very answers. ``python -m benchmarks.support.rules_table`` prints the figures.
"""

import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from apps.rules.engine.compiled import CompiledTable
from apps.rules.engine.table import Table, read_facts
from apps.rules.engine.vocabulary import Fact, FactType, Output, OutputType, Vocabulary
from benchmarks.runner import Figure

ROWS = 200
INPUTS = 2000
ROUNDS = 9
CLASSES = [f"class.{n}" for n in range(60)]
AREAS = [f"/1/{district}/{street}/" for district in range(2, 7) for street in range(10, 35)]
VOCABULARY = Vocabulary(
    code="bench.dispatch",
    label="dispatch",
    facts=(
        Fact("class", "class", FactType.CODE),
        Fact("area", "area", FactType.AREA),
        Fact("priority", "priority", FactType.NUMBER, whole=True, minimum=1, maximum=4),
        Fact("night", "night", FactType.BOOL),
    ),
    outputs=(
        Output("unit", "unit", OutputType.CODE),
        Output("limit", "limit", OutputType.LIMIT),
    ),
)

Facts = Mapping[str, Any]
Answer = tuple[str, int] | None


def table_body(rows: int = ROWS, *, seed: int = 1) -> dict[str, Any]:
    """Will give a table as cities write them: a class and an area a row, a few special cases."""
    chance = random.Random(seed)
    found = []
    for number in range(rows):
        cells: dict[str, Any] = {
            "class": {"op": "in", "values": chance.sample(CLASSES, chance.randint(1, 3))}
        }
        if chance.random() < 0.8:
            path = chance.choice(AREAS)
            path = path if chance.random() < 0.7 else f"/1/{path.split('/')[2]}/"
            cells["area"] = {"op": "within", "areas": [{"path": path, "label": ""}]}
        if chance.random() < 0.15:
            cells["priority"] = {"op": "between", "lo": chance.randint(2, 4)}
        if chance.random() < 0.1:
            cells["night"] = {"op": "in", "values": [True]}
        outputs = {"unit": f"unit-{chance.randrange(80)}", "limit": chance.randint(1, 15)}
        found.append({"key": f"r{number}", "cells": cells, "outputs": outputs, "note": ""})
    return {
        "hit_policy": "first",
        "inputs": [fact.code for fact in VOCABULARY.facts],
        "outputs": [output.code for output in VOCABULARY.outputs],
        "rows": found,
    }


def random_facts(count: int = INPUTS, *, seed: int = 2) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {
            "class": chance.choice(CLASSES),
            "area": f"{chance.choice(AREAS)}{chance.randint(40, 90)}/",
            "priority": chance.randint(1, 4),
            "night": chance.random() < 0.2,
        }
        for _number in range(count)
    ]


def if_chain(body: dict[str, Any]) -> Callable[[Facts], Answer]:
    """Will write the rows as one Python function."""
    lines = ["def decide(f):"]
    for row in body["rows"]:
        tests = [_test(code, cell) for code, cell in row["cells"].items()]
        answer = (row["outputs"]["unit"], row["outputs"]["limit"])
        lines += [f"    if {' and '.join(tests) or 'True'}:", f"        return {answer!r}"]
    lines.append("    return None")
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)  # noqa: S102  the source is made a few lines above
    chain: Callable[[Facts], Answer] = names["decide"]
    return chain


def _test(code: str, cell: dict[str, Any]) -> str:
    value = f"f[{code!r}]"
    if cell["op"] == "in":
        return f"{value} in {{{', '.join(repr(v) for v in cell['values'])}}}"
    if cell["op"] == "within":
        return f"{value}.startswith({cell['areas'][0]['path']!r})"
    return f"{value} >= {cell['lo']}"


def measure(rows: int = ROWS, *, rounds: int = ROUNDS) -> list[Figure]:
    """Will time both over the same inputs, in turn, and compare every answer first.

    "with its facts checked" is what a case pays: the types of the facts are proven as well.
    Raises: AssertionError (the two do not agree).
    """
    body, inputs = table_body(rows), random_facts()
    compiled = CompiledTable(Table.parse(VOCABULARY, body))
    values = [read_facts(VOCABULARY, facts) for facts in inputs]
    chain = if_chain(body)
    for facts, known in zip(inputs, values, strict=True):
        hit = compiled.decide(known)
        told = tuple(hit.outputs[0].values()) if hit.outputs else None
        assert told == chain(facts), facts

    def whole(facts: Facts) -> object:
        return compiled.decide(read_facts(VOCABULARY, facts))

    times: dict[str, list[float]] = {"chain": [], "table": [], "whole": []}
    for _round in range(rounds):
        times["chain"].append(_us(chain, inputs))
        times["table"].append(_us(compiled.decide, values))
        times["whole"].append(_us(whole, inputs))
    chain_us, table_us, whole_us = (median(times[name]) for name in ("chain", "table", "whole"))
    return [
        Figure(f"{rows} rows: chain of ifs", chain_us, "us"),
        Figure(f"{rows} rows: table", table_us, "us"),
        Figure(f"{rows} rows: table with its facts checked", whole_us, "us"),
        Figure(f"{rows} rows: table against chain", chain_us / table_us, "x"),
        Figure(f"{rows} rows: table with checks against chain", chain_us / whole_us, "x"),
    ]


def _us(decide: Callable[[Any], object], inputs: list[Any]) -> float:
    started = time.perf_counter()
    for facts in inputs:
        decide(facts)
    return (time.perf_counter() - started) / len(inputs) * 1e6


if __name__ == "__main__":
    for size in (20, ROWS, 2000):
        for figure in measure(size):
            print(f"{figure.name:50} {figure.value:8.2f} {figure.unit}")
