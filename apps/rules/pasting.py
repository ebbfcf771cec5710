"""Rows copied from a sheet and pasted into a page."""

import csv
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import points
from apps.rules.engine.problems import Problem
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import choices_remembered
from apps.rules.errors import InvalidRules
from apps.rules.wording import read_cell, read_output

MAX_PASTED = 500_000


def read_pasted(table: Table, text: str) -> list[dict[str, Any]]:
    """Will read rows copied from a sheet: a line per rule, a tab between the table's columns.

    The columns as the page shows them: inputs, outputs, note; written as in a sheet.
    Raises: InvalidInput (nothing, too long); InvalidRules (data["problems"] name row, column).
    """
    if len(text) > MAX_PASTED:
        raise InvalidInput(_("粘贴的内容超过 %(limit)s 字") % {"limit": MAX_PASTED}, field="text")
    lines = list(csv.reader(text.splitlines(keepends=True), delimiter="\t"))
    rows = [tuple(line) for line in lines if any(value.strip() for value in line)]
    if not rows:
        raise InvalidInput(_("没有可以加入的行"), field="text")
    with choices_remembered():
        return _Paste(table, rows).rows()


class _Paste:
    def __init__(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        kinds = [("in", fact) for fact in table.inputs] + [("out", o) for o in table.outputs]
        self.columns: list[tuple[str, Any]] = [*kinds, ("note", None)]
        self.given = rows
        self.problems: list[Problem] = []

    def rows(self) -> list[dict[str, Any]]:
        found = [self._row(number, row) for number, row in enumerate(self.given, start=1)]
        if self.problems:
            texts = points(str(problem) for problem in self.problems[:5])
            problems = [
                {"row": p.row, "column": p.column, "message": p.message, "text": str(p)}
                for p in self.problems[:50]
            ]
            raise InvalidRules(texts, field="text", data={"problems": problems})
        return found

    def _row(self, number: int, row: tuple[Any, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {"cells": {}, "outputs": {}, "note": ""}
        if len(row) > len(self.columns):
            message = _("有 %(given)s 列，本表只有 %(columns)s 列（含备注）")
            shown = {"given": len(row), "columns": len(self.columns)}
            self.problems.append(Problem(message % shown, row=number))
        for value, (kind, column) in zip(row, self.columns, strict=False):
            text = value.strip()
            try:
                if text and kind == "in" and text != str(_("不限")):
                    found["cells"][column.code] = read_cell(column, text)
                elif text and kind == "out":
                    found["outputs"][column.code] = read_output(column, text)
                elif kind == "note":
                    found["note"] = text
            except ValueError as error:
                self.problems.append(Problem(str(error), number, column.code, str(column.label)))
        return found
