"""Saying why, in sentences and column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import clauses, points, say, sentences
from apps.rules.engine.cells import Anything
from apps.rules.engine.table import Row, Table
from apps.rules.engine.vocabulary import Value


@dataclass(frozen=True)
class ColumnResult:
    """How one column of one row fared: 类别 / 道路破损 / 属于“道路破损、井盖缺失” / True."""

    code: str
    label: str
    value: str
    condition: str
    hit: bool


def columns_of(table: Table, row: Row, values: Mapping[str, Value]) -> list[ColumnResult]:
    """Will compare every cell of the row with the facts."""
    return [
        ColumnResult(
            code=fact.code,
            label=str(fact.label),
            value=fact.describe(values.get(fact.code)),
            condition=cell.text(fact),
            hit=cell.accepts(values.get(fact.code)),
        )
        for fact, cell in zip(table.inputs, row.cells, strict=True)
    ]


def row_text(table: Table, row: Row) -> str:
    """Will say a row's conditions: "类别属于“…”，区域在“…”"; open columns are left out."""
    parts = [
        say(fact.label, cell.text(fact))
        for fact, cell in zip(table.inputs, row.cells, strict=True)
        if not isinstance(cell, Anything)
    ]
    return clauses(parts) if parts else _("不论何种情况")


def outputs_text(table: Table, outputs: Mapping[str, Any]) -> str:
    """Will say what a row gives: "交由港东区城市管理局办理，时限5个工作日"."""
    said = [
        output.sentence(outputs[output.code])
        for output in table.outputs
        if outputs.get(output.code) is not None
    ]
    return clauses(said) if said else _("没有结果")


def sentence(*, name: str, number: int, table: Table, rows: Sequence[int]) -> str:
    """Will tell in one sentence per matching row what the table said and why.

    name, number: of the table and its version. rows: positions from 0.
    """
    if not rows:
        return _("《%(name)s》第%(number)s版没有一行符合，未得出结果。") % {
            "name": name,
            "number": number,
        }
    said = [
        _("命中《%(name)s》第%(number)s版第%(row)s行：%(why)s，故%(result)s。")
        % {
            "name": name,
            "number": number,
            "row": position + 1,
            "why": row_text(table, table.rows[position]),
            "result": outputs_text(table, table.rows[position].outputs),
        }
        for position in rows
    ]
    return sentences(said)


def why_not_sentence(
    *,
    name: str,
    number: int,
    table: Table,
    position: int,
    values: Mapping[str, Value],
    fired: Sequence[int],
) -> str:
    """Will tell in one sentence why a row was not the one.

    name, number: of the table and its version. position, fired: rows from 0; fired: those that
    spoke. values: as ``read_facts`` gives them.
    """
    row = table.rows[position]
    shown = {
        "name": name,
        "number": number,
        "row": position + 1,
        "result": outputs_text(table, row.outputs),
    }
    failing = [column for column in columns_of(table, row, values) if not column.hit]
    if failing:
        shown["why"] = points(
            _("%(label)s要求%(condition)s，实际为“%(value)s”")
            % {"label": c.label, "condition": c.condition, "value": c.value}
            for c in failing
        )
        return _("没有用《%(name)s》第%(number)s版第%(row)s行（%(result)s）：%(why)s。") % shown
    if position in fired or not fired:
        return _("《%(name)s》第%(number)s版第%(row)s行（%(result)s）就是命中的一行。") % shown
    shown["first"] = fired[0] + 1
    return (
        _(
            "《%(name)s》第%(number)s版第%(row)s行（%(result)s）也符合，"
            "但第%(first)s行排在前面，先命中。"
        )
        % shown
    )
