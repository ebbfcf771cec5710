"""A table on paper becomes a sheet: read from a picture, looked through row by row, taken away.

Nothing is kept between the two pages: the cells travel in the form. Source: TX-05.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.assist import services
from apps.assist.adapters.rest import LONGEST_FIELD, MOST_COLUMNS, MOST_ROWS
from apps.assist.enums import AssistKind
from apps.assist.forms import TableForm
from apps.assist.registry import Value
from apps.assist.selectors import kinds_for
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import take

#: Below this a person is led to the cell.
SURE = 0.9


@dataclass(frozen=True)
class Cell:
    """One cell to look at. doubt: why to look twice, "" for no reason."""

    name: str
    text: str
    doubt: str


@dataclass(frozen=True)
class Row:
    """One row below the heading. number: from 1. is_taken: somebody looked through it."""

    number: int
    cells: list[Cell]
    is_taken: bool


@login_required
@require_http_methods(["GET", "POST"])
def table(request: HttpRequest) -> HttpResponse:
    """Asks for a picture, then shows what was read in it."""
    person = actor_of(request)
    is_on = AssistKind.TABLE in kinds_for(person)
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        picture = form.cleaned_data["file"]
        given = take(form, lambda: services.read_table(person, picture=picture))
        if given is not None:
            texts = [[cell.value for cell in row] for row in given.rows]
            doubts = [[_doubt(cell) for cell in row] for row in given.rows]
            return _shown(request, texts, doubts, taken=set(), given=given)
    status = 422 if request.method == "POST" else 200
    return render(request, "assist/table.html", {"form": form, "is_on": is_on}, status=status)


@login_required
@require_POST
def sheet(request: HttpRequest) -> HttpResponseBase:
    """Gives the rows somebody looked through as a sheet, the heading first."""
    texts = _cells(request.POST)
    taken = {number for number in range(1, len(texts)) if f"row-{number}" in request.POST}
    if not taken:
        marked = set(request.POST.get("doubtful", "").split(" "))
        doubts = [
            [_("没有把握") if f"cell-{at}-{column}" in marked else "" for column in range(len(row))]
            for at, row in enumerate(texts)
        ]
        refusal = _("请至少勾选一行核对无误的内容")
        return _shown(request, texts, doubts, taken=taken, refusal=refusal)
    columns = [
        Column(heading or _("第%(n)d列") % {"n": at + 1}, itemgetter(at))
        for at, heading in enumerate(texts[0])
    ]
    return xlsx_response(_("表格识别"), columns, [texts[number] for number in sorted(taken)])


def _doubt(cell: Value) -> str:
    if cell.confidence is None:
        return _("把握未说明")
    if cell.confidence < SURE:
        return _("把握 %(n)d%%") % {"n": round(cell.confidence * 100)}
    return ""


def _cells(typed: Mapping[str, Any]) -> list[list[str]]:
    """Raises: InvalidInput (not a table as the page gave it)."""
    try:
        rows, columns = int(typed.get("rows", "")), int(typed.get("columns", ""))
    except ValueError:
        rows = columns = 0
    if not (2 <= rows <= MOST_ROWS and 1 <= columns <= MOST_COLUMNS):
        raise InvalidInput(_("表格不完整，请重新识别"), field="rows")
    return [
        [str(typed.get(f"cell-{row}-{at}", "")).strip()[:LONGEST_FIELD] for at in range(columns)]
        for row in range(rows)
    ]


def _shown(
    request: HttpRequest,
    texts: list[list[str]],
    doubts: list[list[str]],
    *,
    taken: set[int],
    given: services.Given | None = None,
    refusal: str = "",
) -> HttpResponse:
    rows = [
        Row(number, [
            Cell(f"cell-{number}-{at}", text, doubts[number][at]) for at, text in enumerate(row)
        ], number in taken)
        for number, row in enumerate(texts)
    ]  # fmt: skip
    context = {
        "given": given, "heading": rows[0], "rows": rows[1:], "refusal": refusal,
        "count": len(rows), "width": len(texts[0]), "longest": LONGEST_FIELD,
        "doubtful": [cell.name for row in rows for cell in row.cells if cell.doubt],
    }  # fmt: skip
    return render(request, "assist/table_check.html", context, status=422 if refusal else 200)
