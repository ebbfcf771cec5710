"""A table goes to DMN and comes back the same; what is outside the subset is named, by cell."""

from io import BytesIO
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.rules.dmn import MAX_FILE_BYTES, read_dmn, write_dmn
from apps.rules.dmn.feel import read_cell, write_cell
from apps.rules.dmn.names import DMN
from apps.rules.engine.cells import parse_cell
from apps.rules.engine.table import MAX_ROWS, Table
from apps.rules.errors import InvalidRules
from tests.rules.conftest import DISPATCH, dispatch_body
from tests.rules.strategies import VOCABULARY, bodies

FACTS = VOCABULARY.fact_by_code


def written(table: Table) -> BytesIO:
    file = BytesIO()
    write_dmn(table, file, code="dispatch", name="派单规则")
    file.seek(0)
    return file


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_round_trip(data: st.DataObject) -> None:
    body = data.draw(bodies(policies=["first", "unique", "collect", "rule_order"]))
    table = Table.parse(VOCABULARY, body)
    assert Table.parse(VOCABULARY, read_dmn(VOCABULARY, written(table))) == table


@settings(max_examples=80, deadline=None)
@given(st.text(min_size=1, max_size=30).filter(str.strip))
def test_any_text_survives_quoting(text: str) -> None:
    cell = parse_cell(FACTS["tags"], {"op": "has_all", "values": [text]})
    assert parse_cell(FACTS["tags"], read_cell(FACTS["tags"], write_cell(cell))) == cell


def test_area_labels_keys_and_notes_travel_too() -> None:
    body = dispatch_body(inputs=["area"], rows=[dispatch_body()["rows"][0]])
    areas = [{"path": "/1/2/", "label": "港东区"}, {"path": "/1/3/", "label": ""}]
    body["rows"][0] |= {
        "key": "道路 1",
        "note": "夜间<另议>\n& 周末",
        "cells": {"area": {"op": "within", "areas": areas}},
    }
    table = Table.parse(DISPATCH, body)
    assert Table.parse(DISPATCH, read_dmn(DISPATCH, written(table))) == table


def test_other_tools_find_a_plain_decision_table() -> None:
    root = ElementTree.parse(written(Table.parse(DISPATCH, dispatch_body()))).getroot()
    space = {"d": DMN}
    assert root.tag == f"{{{DMN}}}definitions"
    grid = root.find("d:decision/d:decisionTable", space)
    assert grid is not None
    assert grid.get("hitPolicy") == "FIRST"
    cells = [e.findtext("d:text", None, space) for e in grid.findall("d:rule/d:inputEntry", space)]
    assert cells == ['"road","cover"', "-", '"lamp"', ">= 3"]
    gives = [e.findtext("d:text", None, space) for e in grid.findall("d:rule/d:outputEntry", space)]
    assert gives == ['"gd-cg"', "5", '"ld"', "1"]
    facts = [e.get("name") for e in root.findall("d:inputData", space)]
    assert facts == ["kind", "level"]


def document(
    *cells: str, policy: str = "FIRST", gives: str = '"ld"', column: str = "level"
) -> BytesIO:
    rules = "".join(
        f"<rule><inputEntry><text><![CDATA[{cell}]]></text></inputEntry>"
        f"<outputEntry><text>{gives}</text></outputEntry></rule>"
        for cell in cells
    )
    return BytesIO(
        f'<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/" name="x" namespace="x">'
        f'<decision name="x"><decisionTable hitPolicy="{policy}"><input label="级别">'
        f"<inputExpression><text>{column}</text></inputExpression></input>"
        f'<output name="unit" label="承办单位"/>{rules}</decisionTable></decision>'
        "</definitions>".encode()
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", None),
        (" - ", None),
        ("null", {"op": "empty"}),
        ("1, 2,3", {"op": "in", "values": [1, 2, 3]}),
        ("not( 1.5,-2 )", {"op": "not_in", "values": [1.5, -2]}),
        ("[1..5)", {"op": "between", "lo": 1, "hi": 5, "lo_open": False, "hi_open": True}),
        ("]1 .. 5[", {"op": "between", "lo": 1, "hi": 5, "lo_open": True, "hi_open": True}),
        (">=3", {"op": "between", "lo": 3, "lo_open": False}),
        ("< 5", {"op": "between", "hi": 5, "hi_open": True}),
        ("= 5", {"op": "between", "lo": 5, "hi": 5}),
    ],
)
def test_unary_tests_as_other_tools_write_them(text: str, cell: Any) -> None:
    [row] = read_dmn(DISPATCH, document(text))["rows"]
    assert row["cells"].get("level") == cell


@pytest.mark.parametrize(
    "text",
    [
        "level > 3",
        "3 + 4",
        "sum(1, 2)",
        "[1..5), [7..9)",
        "1, [2..3]",
        "[1..",
        "not(not(1))",
        "if true then 1 else 2",
        '"a',
        "for x in 1..9 return x",
        'matches(?, "(a+)+$")',
        "starts with(?, 3)",
        "((((((1))))))",
        "等于3",
        "[" * 5000,
    ],
)
def test_what_is_outside_the_subset_is_refused_by_its_cell(text: str) -> None:
    with pytest.raises(InvalidRules) as refusal:
        read_dmn(DISPATCH, document("-", text))
    [problem] = refusal.value.data["problems"]
    assert problem["row"] == 2
    assert problem["text"].startswith("第2行“级别”：")


@pytest.mark.parametrize("text", ['starts with(?, "/1/") and starts with(?, "/2/")', '"/1/"'])
def test_area_cell_knows_only_its_function(text: str) -> None:
    with pytest.raises(InvalidRules, match="第1行“区域”"):
        read_dmn(DISPATCH, document(text, column="area"))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (document("-", policy="PRIORITY"), "不支持命中策略“PRIORITY”"),
        (document("-", column="colour"), "词汇表中没有“colour”"),
        (document("-", gives='"飞碟局"'), "第1行“承办单位”"),
        (document("-", gives="f(1)"), "第1行“承办单位”"),
    ],
)
def test_mistakes_of_columns_and_results_are_named(file: BytesIO, words: str) -> None:
    with pytest.raises(InvalidRules, match=words):
        read_dmn(DISPATCH, file)


def test_labels_are_understood_where_codes_stand() -> None:
    body = read_dmn(DISPATCH, document('"路灯不亮"', column="kind", gives='"路灯管理所"'))
    assert body["rows"][0]["cells"]["kind"] == {"op": "in", "values": ["lamp"]}
    assert body["rows"][0]["outputs"] == {"unit": "ld"}


BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><definitions>&b;</definitions>"""
OUTSIDE = b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><definitions>&f;</definitions>'
SPACE = b'<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/">'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "DTD 或实体"),
        (OUTSIDE, "DTD 或实体"),
        (b"<a>" * 100_000, "嵌套超过 20 层"),
        (b"<a>" + b"<b/>" * 400_001, "超过 400000 个元素"),
        (b"x" * (10 * 1024 * 1024), "超过 5 MB"),
        (b"", "不是可以读取的 XML"),
        (b"<definitions", "不是可以读取的 XML"),
        (b"<html/>", "不是 DMN 文件"),
        (SPACE + b"</definitions>", "现有 0 个"),
        (SPACE + b"<decision/><decision/></definitions>", "现有 2 个"),
        (SPACE + b"<decision><literalExpression/></decision></definitions>", "没有决策表"),
        (SPACE + b"<import/></definitions>", "不支持 import"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "不是可以读取的 XML"),
    ],
)
def test_hostile_file_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    assert MAX_FILE_BYTES < 10 * 1024 * 1024
    with pytest.raises(InvalidInput, match=words):
        read_dmn(DISPATCH, BytesIO(content))


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(InvalidInput, match=f"{MAX_ROWS} 行"):
        read_dmn(DISPATCH, document(*["-"] * (MAX_ROWS + 1)))
