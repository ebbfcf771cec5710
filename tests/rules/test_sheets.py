"""A table goes to Excel and comes back the same; mistakes are named by their cell."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from apps.common.errors import InvalidInput
from apps.rules.engine.table import Table
from apps.rules.errors import InvalidRules
from apps.rules.sheets import MAX_FILE_BYTES, read_sheet, write_sheet
from tests.rules.conftest import DISPATCH, dispatch_body
from tests.rules.strategies import VOCABULARY, bodies


def written(table: Table) -> BytesIO:
    file = BytesIO()
    write_sheet(table, file)
    file.seek(0)
    return file


def sheet_of(*rows: list[Any]) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_round_trip(data: st.DataObject) -> None:
    body = data.draw(bodies(policies=["first", "unique", "collect", "rule_order"]))
    table = Table.parse(VOCABULARY, body)
    assert Table.parse(VOCABULARY, read_sheet(VOCABULARY, written(table))) == table


def test_labels_are_written_for_people_and_formulas_stay_text() -> None:
    body = dispatch_body()
    body["rows"][0]["note"] = "=1+1"
    table = Table.parse(DISPATCH, body)
    file = written(table)
    sheet = load_workbook(file).worksheets[0]
    assert sheet["B4"].value == "道路破损；井盖缺失"
    assert sheet["D4"].value == "港东区城市管理局"
    assert (sheet["F4"].value, sheet["F4"].data_type) == ("=1+1", "s")
    file.seek(0)
    assert Table.parse(DISPATCH, read_sheet(DISPATCH, file)) == table


HEAD = [["hit_policy", "first"], ["key", "in:kind", "in:level", "out:unit", "out:limit"], ["x"]]


def test_what_people_type_is_understood() -> None:
    body = read_sheet(
        DISPATCH, sheet_of(*HEAD, ["a", "路灯不亮;noise", ">=3", "路灯管理所", 2], [None] * 5)
    )
    [row] = body["rows"]
    assert row["cells"] == {
        "kind": {"op": "in", "values": ["lamp", "noise"]},
        "level": {"op": "between", "lo": 3},
    }
    assert row["outputs"] == {"unit": "ld", "limit": 2}


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ([*HEAD, ["a", "飞碟", None, "ld", 1]], "B4"),
        ([*HEAD, ["a", None, "[x,3]", "ld", 1]], "C4"),
        ([*HEAD, ["a", None, "多", "ld", 1]], "C4"),
        ([*HEAD, ["a", None, None, "飞碟局", 1]], "D4"),
        ([*HEAD, ["a", None, None, "ld", "很快"]], "E4"),
        ([*HEAD, ["a", None, None, "ld", -1]], "E4"),
        ([["first"], *HEAD[1:]], "B1"),
        ([HEAD[0], ["key", "in:colour", "in:kind", "out:unit"]], "B2"),
        ([HEAD[0], ["key"]], "A2"),
        ([], "B1"),
    ],
)
def test_mistake_is_named_by_its_cell(rows: list[list[Any]], cell: str) -> None:
    with pytest.raises(InvalidRules) as refusal:
        read_sheet(DISPATCH, sheet_of(*rows))
    assert refusal.value.data["problems"][0]["cell"] == cell


@pytest.mark.parametrize("content", [b"", b"kind,unit", b"PK\x03\x04broken", b"x" * 6_000_000])
def test_not_an_excel_file(content: bytes) -> None:
    assert len(b"x" * 6_000_000) > MAX_FILE_BYTES
    with pytest.raises(InvalidInput):
        read_sheet(DISPATCH, BytesIO(content))
