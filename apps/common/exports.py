"""Lists as Excel files.

The view passes columns and rows it was allowed to show (masked stays masked) and records the
export in the audit log. Written row by row, so a long list does not fill the memory.
Source: CO-05.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.utils import get_column_letter

from apps.common.errors import TooMany

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 200_000
_MAX_CELL = 32_767  # characters Excel keeps in a cell
_EXACT_DIGITS = 15  # a longer number loses its tail in Excel
# What a spreadsheet may take for a formula, now or after being saved as CSV; plain signed
# numbers and telephone numbers are left alone.
_FORMULA = re.compile(r"[=@\t\r]|[+\-](?![\d\s().\-]*\Z)")


@dataclass(frozen=True)
class Column:
    """One column: its header, how to get the cell from a row, its width in characters.

    is_text: what somebody types into it later stays text, with every digit.
    """

    header: Any
    value: Callable[[Any], Any]
    width: int | None = None
    is_text: bool = False


def xlsx_response(
    filename: str, columns: Sequence[Column], rows: Iterable[Any], *, note: str = ""
) -> FileResponse:
    """Will answer the rows as an Excel file to be saved under ``filename`` (``.xlsx`` added).

    rows: any iterable; pass a QuerySet's ``iterator()`` for a long list. note: see
    ``write_xlsx``.
    Raises: TooMany (more than 200,000 rows).
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by the response
    write_xlsx(columns, rows, file, note=note)
    file.seek(0)
    name = filename if filename.endswith(".xlsx") else f"{filename}.xlsx"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def write_xlsx(
    columns: Sequence[Column], rows: Iterable[Any], fileobj: IO[bytes], *, note: str = ""
) -> int:
    """Will write one sheet with a bold, frozen header and give the number of rows.

    note: a line behind the rows and at the foot of every printed page: who took the sheet.

    Times are written as real dates in the city's zone. Text that a spreadsheet would run as a
    formula gets an apostrophe in front.
    Raises: TooMany (more than 200,000 rows).
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.oddFooter.center.text = note.replace("&", "&&") or None
    for number, column in enumerate(columns, start=1):
        width = column.width or max(10, min(40, 2 * len(str(column.header)) + 4))
        drawn = sheet.column_dimensions[get_column_letter(number)]
        drawn.width = width
        if column.is_text:
            drawn.number_format = FORMAT_TEXT
    sheet.append([_header(sheet, column) for column in columns])
    count = 0
    try:
        for row in rows:
            count += 1
            if count > MAX_ROWS:
                raise TooMany(_("超过 20 万行，请缩小范围后再导出"), code="export_too_long")
            sheet.append([_cell(sheet, column.value(row)) for column in columns])
    except BaseException:
        # A sheet left open would finish itself into a closed file when it is collected.
        sheet.close()
        raise
    if note:
        sheet.append([plain_cell(note)])
    book.save(fileobj)
    return count


def plain_cell(value: Any) -> Any:
    """Will turn a value into what a cell may hold: text, number, naive local time, nothing."""
    match value:
        case None | "":
            return None
        case bool():
            return str(_("是") if value else _("否"))
        case int() if len(str(abs(value))) > _EXACT_DIGITS:
            return str(value)
        case int() | float() | Decimal():
            return value
        case datetime():
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return local.replace(tzinfo=None, microsecond=0)
        case date() | time():
            return value
        case list() | tuple() | set() | frozenset():
            return plain_cell("、".join(str(part) for part in value))
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[: _MAX_CELL - 1]
    return f"'{text}" if _FORMULA.match(text) else text


def _header(sheet: Any, column: Column) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=plain_cell(str(column.header)))
    cell.font = Font(bold=True)
    cell.alignment = Alignment(vertical="center")
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    plain = plain_cell(value)
    if not isinstance(plain, date):
        return plain
    cell = WriteOnlyCell(sheet, value=plain)
    cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(plain, datetime) else "yyyy-mm-dd"
    return cell
