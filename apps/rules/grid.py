"""The rows of a table as its page shows them: in words, one page at a time."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from apps.rules.engine.explain import outputs_text, row_text
from apps.rules.engine.table import Table

ROWS_PER_PAGE = 50


@dataclass(frozen=True)
class GridCell:
    """label: of the column, for narrow screens. open: the column does not matter."""

    label: str
    text: str
    open: bool = False


@dataclass(frozen=True)
class GridRow:
    """One row. number: from 1. fired: how often replayed decisions met it; None: not asked.

    heat: 0 never, 1 (seldom) to 4 (most) compared with the row met most often.
    """

    number: int
    key: str
    cells: list[GridCell]
    outputs: list[GridCell]
    note: str
    fired: int | None
    heat: int


def page_of(
    table: Table,
    *,
    number: str = "",
    query: str = "",
    fired: Counter[str] | None = None,
    only_never: bool = False,
) -> Page[GridRow]:
    """Will give one page of the rows that contain ``query``; only those never met if asked.

    Texts are made for the rows shown only, unless there is something to look for.
    """
    positions = range(len(table.rows))
    wanted: list[int] | range = positions
    if only_never and fired is not None:
        wanted = [n for n in positions if not fired[table.rows[n].key]]
    if query:
        wanted = [n for n in wanted if query in _searched(table, n)]
    # Pages of positions first, then of rows.
    page: Page[Any] = Paginator(wanted, ROWS_PER_PAGE).get_page(number)
    most = max(fired.values(), default=0) if fired else 0
    page.object_list = [_row(table, n, fired, most) for n in page.object_list]
    return page


def _searched(table: Table, position: int) -> str:
    row = table.rows[position]
    return f"{row_text(table, row)}\n{outputs_text(table, row.outputs)}\n{row.note}"


def _row(table: Table, position: int, fired: Counter[str] | None, most: int) -> GridRow:
    row = table.rows[position]
    count = None if fired is None else fired[row.key]
    return GridRow(
        number=position + 1,
        key=row.key,
        cells=[
            GridCell(str(fact.label), cell.text(fact), cell.op == "any")
            for fact, cell in zip(table.inputs, row.cells, strict=True)
        ],
        outputs=[
            GridCell(str(output.label), output.describe(row.outputs.get(output.code)))
            for output in table.outputs
        ],
        note=row.note,
        fired=count,
        heat=_heat(count or 0, most),
    )


def _heat(count: int, most: int) -> int:
    if not count:
        return 0
    return 1 + sum(count >= most * share for share in (0.05, 0.25, 0.6))
