"""The benchmark compares two things that give the same answers."""

from benchmarks.support import rules_table


def test_table_and_chain_agree_and_are_timed() -> None:
    figures = rules_table.measure(50, rounds=1)
    assert [figure.unit for figure in figures] == ["us", "us", "us", "x", "x"]
    assert all(figure.value > 0 for figure in figures)


def test_some_inputs_find_a_row_and_some_none() -> None:
    chain = rules_table.if_chain(rules_table.table_body())
    answers = {chain(facts) is None for facts in rules_table.random_facts()}
    assert answers == {True, False}
