from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from apps.common import imports
from apps.common.errors import InvalidInput, Refused
from apps.common.imports import ImportColumn, read_rows, write_rows
from apps.common.models import Dictionary
from tests.common import factories

COLUMNS = [
    ImportColumn("code", "代码", imports.text(5), required=True),
    ImportColumn("since", "启用日期", imports.day),
]


def xlsx(*rows) -> BytesIO:
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    out.seek(0)
    return out


def test_column_order_is_free_and_empty_rows_are_skipped():
    parsed = read_rows(xlsx(["启用日期", "代码"], [date(2026, 1, 2), 101.0], [None, None]), COLUMNS)
    assert [row.values for row in parsed.rows] == [{"code": "101", "since": date(2026, 1, 2)}]
    assert parsed.errors == []


def test_each_fault_names_row_and_column():
    parsed = read_rows(xlsx(["代码", "启用日期"], ["", "2026/1/2"], ["123456", "昨天"]), COLUMNS)
    assert [(e.number, e.header) for e in parsed.errors] == [
        (2, "代码"),
        (3, "代码"),
        (3, "启用日期"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_of_either_encoding(encoding):
    file = BytesIO("代码,启用日期\nA1,2026-01-02\n".encode(encoding))
    assert read_rows(file, COLUMNS).rows[0].values["code"] == "A1"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 broken",
        factories.docx(),
        "名称\n甲\n".encode(),
        b"",
    ],
)
def test_unreadable_files_are_refused(content):
    with pytest.raises(InvalidInput):
        read_rows(BytesIO(content), COLUMNS)


@pytest.mark.parametrize("cell", [3702020502000012, 12.0, True])
def test_a_number_is_no_code_whose_every_digit_counts(cell):
    columns = [ImportColumn("code", "代码", imports.text_as_written(16), required=True)]
    parsed = read_rows(xlsx(["代码"], ["0101"], [cell]), columns)
    assert [row.values["code"] for row in parsed.rows] == ["0101"]
    assert [(e.number, e.header) for e in parsed.errors] == [(3, "代码")]


def test_a_formula_without_a_result_is_no_empty_cell():
    parsed = read_rows(xlsx(["代码", "启用日期"], ["A1", "=TODAY()"], ["=A9"]), COLUMNS)
    assert parsed.rows == []
    assert [(e.number, e.header) for e in parsed.errors] == [(2, "启用日期"), (3, "代码")]


def test_what_the_database_cannot_hold_is_told_by_row():
    parsed = read_rows(BytesIO("代码\nA1\nA\0\n".encode()), COLUMNS)
    assert [(e.number, e.header) for e in parsed.errors] == [(3, "代码")]


def test_a_quote_nobody_closed_is_a_damaged_file():
    with pytest.raises(InvalidInput) as refused:
        read_rows(BytesIO(('代码\n"' + "A\n" * 100_000).encode()), COLUMNS)
    assert refused.value.field == "file"


def write(values):
    if values["code"] == "bad":
        Dictionary.objects.create(code="half-done", name="x")
        raise Refused("不可", field="code")
    Dictionary.objects.create(code=values["code"], name="x")


@pytest.mark.django_db
@pytest.mark.parametrize(("partial", "kept"), [(True, ["A1", "A2"]), (False, [])])
def test_one_bad_row_stops_all_or_only_itself(partial, kept):
    parsed = read_rows(xlsx(["代码"], ["A1"], ["bad"], ["A2"]), COLUMNS)
    report = write_rows(parsed, write=write, partial=partial)
    assert report.saved == len(kept)
    assert [(e.number, e.message) for e in report.errors] == [(3, "不可")]
    assert list(Dictionary.objects.values_list("code", flat=True)) == kept


@pytest.mark.django_db  # closing an answer looks after the connections of the process
def test_error_sheet_lists_the_faults():
    response = imports.error_sheet([imports.RowError(3, "代码", "必填")])
    sheet = load_workbook(BytesIO(b"".join(response))).active
    assert [cell.value for cell in sheet[2]] == [3, "代码", "必填"]
    response.close()
