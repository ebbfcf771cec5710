from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from apps.common import exports
from apps.common.errors import TooMany
from apps.common.exports import Column, plain_cell, write_xlsx


def sheet_of(columns, rows):
    out = BytesIO()
    write_xlsx(columns, rows, out)
    return load_workbook(out).active


def test_sheet_has_a_frozen_bold_header_and_local_times():
    moment = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    sheet = sheet_of([Column("受理时间", lambda row: row, 22)], [moment])
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet["A2"].value == datetime(2026, 11, 21, 0, 30)
    assert sheet.column_dimensions["A"].width == 22


def test_a_column_for_codes_stays_text():
    sheet = sheet_of([Column("编码", str, is_text=True), Column("名称", str)], [])
    formats = [sheet.column_dimensions[letter].number_format for letter in "AB"]
    assert formats == ["@", "General"]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "\t=1"])
def test_formulas_are_defused(text):
    cell = sheet_of([Column("内容", lambda row: row)], [text])["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


@pytest.mark.parametrize("text", ["+86 138-1234-5678", "-5", "0532-85911234", "道路 = 破损"])
def test_plain_text_is_left_alone(text):
    assert plain_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (True, "是"),
        (370203199001011234, "370203199001011234"),
        (Decimal("1.50"), Decimal("1.50")),
        (date(2026, 1, 2), date(2026, 1, 2)),
        (["道路", "路灯"], "道路、路灯"),
        ("bad\x00text", "badtext"),
        (None, None),
    ],
)
def test_values_become_cells(value, cell):
    assert plain_cell(value) == cell


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(exports, "MAX_ROWS", 2)
    with pytest.raises(TooMany):
        write_xlsx([Column("x", lambda row: row)], range(3), BytesIO())


@pytest.mark.django_db  # closing an answer looks after the connections of the process
def test_answer_names_the_file():
    response = exports.xlsx_response("工单清单", [Column("x", lambda row: row)], [1])
    assert "filename*=utf-8''%E5" in response["Content-Disposition"]
    assert load_workbook(BytesIO(b"".join(response))).active["A2"].value == 1
    response.close()
