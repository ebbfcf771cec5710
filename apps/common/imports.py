"""Lists from Excel or CSV files: read row by row, checked row by row, told row by row.

``read_rows`` turns a file into typed rows and errors, ``write_rows`` saves them all or nothing
(or what can be saved), ``error_sheet`` gives the person a sheet that says what to mend where.
Source: CO-05.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from apps.common import sniffing
from apps.common.errors import DomainError, InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.phrases import points, series

MAX_ROWS = 20_000
#: A formula whose result the program that wrote the file did not keep.
_NO_RESULT = object()


@dataclass(frozen=True)
class ImportColumn:
    """Where a value comes from and how it is read.

    name: key in the row's values; header: the column's title in the file.
    convert: text, number or date of the cell to the value; raises ValueError with a message.
    """

    name: str
    header: str
    convert: Callable[[Any], Any] = str
    required: bool = False


@dataclass(frozen=True)
class RowError:
    """What is wrong in one row; number counts as the spreadsheet does (the header is row 1)."""

    number: int
    header: str
    message: str


@dataclass(frozen=True)
class ImportRow:
    """One row that could be read."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Parsed:
    """The readable rows of a file and what was wrong with the others."""

    rows: list[ImportRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """How an import ended: rows saved, and why the others were not."""

    saved: int
    errors: list[RowError]


def read_rows(file: IO[bytes], mapping: Sequence[ImportColumn]) -> Parsed:
    """Will read a spreadsheet whose first row holds the headers; column order is free.

    file: xlsx, or CSV in UTF-8 or GB 18030. At most 20,000 rows; empty rows are skipped.
    Raises: InvalidInput (field ``file``: too large, damaged, a required column is missing).
    """
    table = _read_table(file)
    headers = [str(cell or "").strip() for cell in next(table, [])]
    missing = [c.header for c in mapping if c.required and c.header not in headers]
    if missing:
        raise InvalidInput(_("缺少列：%(columns)s") % {"columns": series(missing)}, field="file")
    places = {c.name: headers.index(c.header) for c in mapping if c.header in headers}
    parsed = Parsed()
    for number, cells in enumerate(table, start=2):
        if number > MAX_ROWS + 1:
            raise InvalidInput(_("超过 2 万行，请分成几个文件"), field="file")
        if any(cell not in (None, "") for cell in cells):
            _read_row(number, cells, mapping, places, parsed)
    return parsed


def write_rows(parsed: Parsed, *, write: Callable[[dict[str, Any]], None], partial: bool) -> Report:
    """Will pass each row to ``write`` in one transaction and report.

    A ``DomainError`` or ``ValidationError`` of a row becomes its error. partial: keep the good
    rows; otherwise one error (here or in reading) means nothing is saved.
    """
    errors = list(parsed.errors)
    saved = 0
    with transaction.atomic():
        for row in parsed.rows:
            try:
                with transaction.atomic():
                    write(row.values)
                saved += 1
            except DomainError as error:
                errors.append(RowError(row.number, error.field or "", str(error)))
            except ValidationError as error:
                errors.append(RowError(row.number, "", points(error.messages)))
        if errors and not partial:
            transaction.set_rollback(True)
            saved = 0
    return Report(saved=saved, errors=sorted(errors, key=lambda e: e.number))


def error_sheet(errors: Iterable[RowError], *, filename: str = "导入错误") -> FileResponse:
    """Will answer the errors as an Excel file: row, column, what is wrong."""
    columns = [
        Column(_("行号"), lambda error: error.number, 8),
        Column(_("列"), lambda error: error.header, 20),
        Column(_("问题"), lambda error: error.message, 60),
    ]
    return xlsx_response(filename, columns, errors)


def text(max_length: int) -> Callable[[Any], str]:
    """Will give a converter to trimmed text of a bounded length."""

    def convert(cell: Any) -> str:
        # Excel keeps the code 0101 as the number 101.0 unless the column is text; 101 is kept.
        value = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        value = value.strip()
        if len(value) > max_length:
            raise ValueError(str(_("不能超过 %(n)d 个字") % {"n": max_length}))
        if "\0" in value:  # no text of the database holds it
            raise ValueError(str(_("含有不能保存的字符")))
        return value

    return convert


def text_as_written(max_length: int) -> Callable[[Any], str]:
    """Will give a converter to text that refuses numbers, for codes whose every digit counts.

    Excel keeps fifteen digits of a number and no zero before it: what is there is not what was
    written, and nobody can tell.
    """
    plain = text(max_length)

    def convert(cell: Any) -> str:
        if not isinstance(cell, str):
            raise ValueError(str(_("须为文本单元格：存成数字会丢失前导零和末尾几位")))
        return plain(cell)

    return convert


def whole_number(cell: Any) -> int:
    """Will convert a cell to a whole number, zero or more."""
    try:
        number = float(cell)
    except (TypeError, ValueError) as error:
        raise ValueError(str(_("应为整数"))) from error
    if not number.is_integer() or number < 0:
        raise ValueError(str(_("应为整数")))
    return int(number)


def day(cell: Any) -> date:
    """Will convert a date cell, or text such as 2026-11-20 or 2026/11/20."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        found = parse_date(str(cell).strip().replace("/", "-").replace(".", "-"))
    except ValueError:
        found = None
    if found is None:
        raise ValueError(str(_("应为日期，例如 2026-11-20")))
    return found


def _read_table(file: IO[bytes]) -> Iterator[Sequence[Any]]:
    limit = settings.UPLOAD_MAX_BYTES
    content = file.read(limit + 1)
    if len(content) > limit:
        raise InvalidInput(
            _("文件超过 %(limit)d MB 上限") % {"limit": limit // (1024 * 1024)}, field="file"
        )
    if content.startswith(b"PK"):
        return _read_xlsx(content)
    return _read_csv(_decode(content))


def _read_csv(content: str) -> Iterator[Sequence[Any]]:
    try:
        yield from csv.reader(StringIO(content))
    except csv.Error as error:  # a quote nobody closed makes one cell of the rest
        raise InvalidInput(_("文件已损坏，无法读取"), field="file") from error


def _read_xlsx(content: bytes) -> Iterator[Sequence[Any]]:
    sniffing.check_archive(BytesIO(content))
    try:
        found, written = _sheet(content, data_only=True), _sheet(content, data_only=False)
        for values, formulas in zip(found, written, strict=True):
            yield [
                _NO_RESULT if value is None and formula is not None else value
                for value, formula in zip(values, formulas, strict=True)
            ]
    except Exception as error:  # a damaged file may break the reader in any way
        raise InvalidInput(_("文件已损坏，无法读取"), field="file") from error


def _sheet(content: bytes, *, data_only: bool) -> Iterator[Sequence[Any]]:
    book = load_workbook(BytesIO(content), read_only=True, data_only=data_only)
    return iter(book.worksheets[0].iter_rows(values_only=True, max_row=MAX_ROWS + 2))


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(_("无法识别文件编码，请另存为 xlsx"), field="file")


def _read_row(
    number: int,
    cells: Sequence[Any],
    mapping: Sequence[ImportColumn],
    places: dict[str, int],
    parsed: Parsed,
) -> None:
    values: dict[str, Any] = {}
    found_errors = len(parsed.errors)
    for column in mapping:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else None
        if cell is _NO_RESULT:
            told = str(_("公式没有保存结果，请粘贴为数值"))
            parsed.errors.append(RowError(number, column.header, told))
            continue
        if cell is None or str(cell).strip() == "":
            values[column.name] = None
            if column.required:
                parsed.errors.append(RowError(number, column.header, str(_("必填"))))
            continue
        try:
            values[column.name] = column.convert(cell)
        except ValueError as error:
            parsed.errors.append(RowError(number, column.header, str(error)))
    if len(parsed.errors) == found_errors:
        parsed.rows.append(ImportRow(number, values))
