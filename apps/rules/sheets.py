"""A table as an Excel sheet, and back.

Row 1: "hit_policy" and the policy. Row 2: codes ("key", "in:<fact>", "out:<output>", "note").
Row 3: labels, for people. From row 4: one rule per row, its cells as in ``rules.wording``.
"""

import zipfile
from io import BytesIO
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from apps.common.errors import InvalidInput
from apps.common.phrases import points, series
from apps.rules.engine.table import MAX_COLUMNS, MAX_ROWS, Table
from apps.rules.engine.vocabulary import (
    Fact,
    HitPolicy,
    Output,
    Vocabulary,
    choices_remembered,
)
from apps.rules.errors import InvalidRules
from apps.rules.rows import new_key
from apps.rules.wording import cell_text, output_text, plain_text, read_cell, read_output

MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_UNPACKED_BYTES = 80 * 1024 * 1024
_FIRST_RULE = 4


def write_sheet(table: Table, fileobj: IO[bytes]) -> None:
    """Will write a table as one sheet; ``read_sheet`` reads it back to an equal table."""
    with choices_remembered():
        book = Workbook(write_only=True)
        sheet = book.create_sheet("rules")
        sheet.freeze_panes = f"B{_FIRST_RULE}"
        columns: list[Fact | Output] = [*table.inputs, *table.outputs]
        for number in range(1, len(columns) + 3):
            sheet.column_dimensions[get_column_letter(number)].width = 24
        sheet.append(["hit_policy", str(table.hit_policy)])
        codes = [f"in:{f.code}" for f in table.inputs] + [f"out:{o.code}" for o in table.outputs]
        sheet.append(["key", *codes, "note"])
        labels = [_("行标识"), *(str(c.label) for c in columns), _("备注")]
        sheet.append([_bold(sheet, label) for label in labels])
        for row in table.rows:
            cells = [cell_text(f, c) for f, c in zip(table.inputs, row.cells, strict=True)]
            outputs = [output_text(o, row.outputs.get(o.code)) for o in table.outputs]
            values = [row.key, *cells, *outputs, row.note]
            sheet.append([_safe(sheet, value) for value in values])
        book.save(fileobj)


def read_sheet(vocabulary: Vocabulary, upload: IO[bytes]) -> dict[str, Any]:
    """Will read a sheet as the body of a table.

    Raises: InvalidInput (not an Excel file, too big); InvalidRules whose data["problems"] name
        the sheet's cells ("C7") and what is wrong.
    """
    rows = _raw_rows(upload)
    with choices_remembered():
        return _Reader(vocabulary, rows).body()


def _raw_rows(upload: IO[bytes]) -> list[tuple[Any, ...]]:
    content = upload.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput(_("文件超过 5 MB"), field="file")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise InvalidInput(_("文件解压后过大"), field="file")
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        found = sheet.iter_rows(
            max_row=MAX_ROWS + _FIRST_RULE, max_col=2 * MAX_COLUMNS + 3, values_only=True
        )
        rows = list(found)
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError, TypeError):
        raise InvalidInput(_("这不是可以读取的 Excel 文件（.xlsx）"), field="file") from None
    if len(rows) > MAX_ROWS + _FIRST_RULE - 1:
        raise InvalidInput(_("规则行超过 %(limit)s 行") % {"limit": MAX_ROWS}, field="file")
    return rows


class _Reader:
    def __init__(self, vocabulary: Vocabulary, rows: list[tuple[Any, ...]]) -> None:
        self.vocabulary = vocabulary
        self.rows = rows
        self.problems: list[dict[str, Any]] = []

    def body(self) -> dict[str, Any]:
        policy = self._policy()
        columns = self._columns()
        found = [
            self._row(number, row, columns)
            for number, row in enumerate(self.rows[_FIRST_RULE - 1 :], start=_FIRST_RULE)
            if any(value not in (None, "") for value in row)
        ]
        if self.problems:
            texts = points(problem["text"] for problem in self.problems[:5])
            raise InvalidRules(texts, field="file", data={"problems": self.problems[:50]})
        kinds = {kind: [c.code for _n, k, c in columns if k == kind] for kind in ("in", "out")}
        return {
            "hit_policy": policy,
            "inputs": kinds["in"],
            "outputs": kinds["out"],
            "rows": found,
        }

    def _policy(self) -> str:
        row = self.rows[0] if self.rows else ()
        text = str(row[1]).strip() if len(row) > 1 and row[0] == "hit_policy" else ""
        if text not in set(HitPolicy):
            self._wrong(1, 2, _("应写命中策略：%(all)s") % {"all": series(HitPolicy)})
            return HitPolicy.FIRST
        return text

    def _columns(self) -> list[tuple[int, str, Any]]:
        known: dict[str, dict[str, Any]] = {
            "in": self.vocabulary.fact_by_code,
            "out": self.vocabulary.output_by_code,
        }
        columns: list[tuple[int, str, Any]] = []
        for number, raw in enumerate(self.rows[1] if len(self.rows) > 1 else ()):
            code = str(raw or "").strip()
            kind, _colon, name = code.partition(":")
            if code in ("key", "note"):
                columns.append((number, code, None))
            elif kind in known and name in known[kind]:
                columns.append((number, kind, known[kind][name]))
            elif code:
                self._wrong(2, number + 1, _("词汇表中没有“%(code)s”") % {"code": code[:80]})
        columns_given = {kind for _number, kind, _column in columns}
        if not {"in", "out"} <= columns_given:
            self._wrong(2, 1, _("第 2 行应写列代码，如 key、in:类别代码、out:结果代码"))
        return columns

    def _row(
        self, number: int, row: tuple[Any, ...], columns: list[tuple[int, str, Any]]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"key": new_key(), "cells": {}, "outputs": {}, "note": ""}
        for place, kind, column in columns:
            value = row[place] if place < len(row) else None
            if value is None or value == "":
                continue
            try:
                if kind == "in":
                    found["cells"][column.code] = read_cell(column, value)
                elif kind == "out":
                    found["outputs"][column.code] = read_output(column, value)
                else:
                    found[kind] = plain_text(value)
            except ValueError as error:
                self._wrong(number, place + 1, str(error))
        return found

    def _wrong(self, row: int, column: int, message: str) -> None:
        address = f"{get_column_letter(column)}{row}"
        text = _("单元格 %(address)s：%(message)s") % {"address": address, "message": message}
        self.problems.append(
            {"cell": address, "row": row, "column": None, "message": message, "text": text}
        )


def _bold(sheet: Any, label: str) -> Any:
    cell = WriteOnlyCell(sheet, value=label)
    cell.font = Font(bold=True)
    return cell


def _safe(sheet: Any, value: str) -> Any:
    """Text that Excel must not run: "=…" is kept as text, control characters go."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in "=+-@"
    return cell
