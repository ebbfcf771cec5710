"""The benchmarks keep their contract; what they measure is measured by ``bin/bench``."""

import importlib
from inspect import signature

import pytest

from benchmarks import runner
from benchmarks.runner import Figure
from benchmarks.support.client import percentile
from benchmarks.support.words import SEARCHED, TROUBLES, report


@pytest.mark.parametrize("name", runner.names())
def test_a_benchmark_has_a_line_for_the_list_and_takes_a_bench(name):
    module = importlib.import_module(f"benchmarks.{name}")
    assert module.DESCRIPTION
    assert "\n" not in module.DESCRIPTION
    assert list(signature(module.run).parameters) == ["bench"]


def test_the_promised_benchmarks_are_there():
    assert {"chaos", "intake", "queue", "search", "engine", "startup", "timers"} <= set(
        runner.names()
    )


@pytest.mark.parametrize(
    ("value", "target_op", "holds"),
    [(0.25, ">=", True), (0.24, ">=", False), (1.5, "<=", True), (1.51, "<=", False)],
)
def test_a_figure_is_held_against_its_target(value, target_op, holds):
    assert Figure("x", value, "x", target_op, 1.5 if target_op == "<=" else 0.25).holds is holds


def test_one_missed_target_fails_the_run(capsys):
    missed = [Figure("a", 1, "s", "<=", 2), Figure("lost", 1, "reports", "<=", 0)]
    assert not runner.report(missed)
    assert "MISSED: " in capsys.readouterr().out
    assert runner.report([Figure("only reported", 7, "s")])


def test_a_percentile_is_a_measured_value():
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.95) == 95.0
    assert percentile([3.0], 0.95) == 3.0


def test_the_same_number_gives_the_same_report():
    first = report(7)
    assert first == report(7) != report(8)
    assert 60 <= len(first["text"]) <= 300
    assert first["class_code"] in {code for _subject, _wrong, code in TROUBLES}


def test_searched_words_range_from_frequent_to_rare():
    texts = [f"{r['title']} {r['text']}" for r in map(report, range(2000))]
    shares = [sum(word in text for text in texts) / len(texts) for word in SEARCHED]
    assert all(len(word) == 2 for word in SEARCHED)
    assert max(shares) > 0.3
    assert 0 < min(shares) < 0.01
