"""The rows of a draft: moved, copied, removed, edited one by one, pasted."""

from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotFound, Stale
from apps.rules import permissions, selectors, services
from apps.rules.engine.compiled import row_at
from apps.rules.engine.explain import outputs_text, row_text
from apps.rules.engine.table import Row, Table
from apps.rules.forms import RowForm, row_initial
from apps.rules.grid import ROWS_PER_PAGE
from apps.rules.models import RuleTableVersion
from apps.rules.pasting import read_pasted
from apps.rules.rows import DEEDS, Body, append_rows, move_row_to, replace_row
from apps.rules.views.requests import revision_of, tell, to_version

_LAST_PAGE = 1_000_000
_PLACES = ("before", "behind")
_KEPT_IN_ADDRESS = ("q", "cover", "only")


@login_required
@require_POST
def row_deed(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Adds, removes, duplicates or moves a row of the draft.

    deed: "up", or "up:<key>" where one form serves all rows; "before" and "behind" put the row
    next to the row ``next_to``.
    """
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    deed, _colon, key = request.POST.get("deed", "").partition(":")
    key = key or request.POST.get("key", "")
    next_to = request.POST.get("next_to", "")
    if deed not in DEEDS and deed not in _PLACES:
        raise NotFound(_("没有这个操作"))

    def change(body: Body) -> Body:
        if deed in _PLACES:
            return move_row_to(body, key=key, next_to=next_to, behind=deed == "behind")
        return DEEDS[deed](body, key)

    try:
        services.edit_draft(
            actor, version=version, expected_revision=revision_of(request), change=change
        )
    except DomainError as error:
        tell(request, error)
    page = request.POST.get("page", "")
    # Beyond the end means the last page, where a row added without a neighbour stands.
    kept = {"page": page if page.isdigit() and key else _LAST_PAGE}
    kept |= {name: request.POST[name] for name in _KEPT_IN_ADDRESS if request.POST.get(name)}
    return to_version(code, number, f"?{urlencode(kept)}" + (f"#row-{quote(key)}" if key else ""))


@login_required
@require_http_methods(["GET", "POST"])
def row_edit(request: HttpRequest, code: str, number: int, key: str) -> HttpResponse:
    """One row by typed widgets. What was typed is kept whatever happened to the draft since."""
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    table = selectors.table_of(version)
    found = row_at(table, key)
    if not permissions.can_change_draft(actor, version) or (
        found is None and request.method != "POST"
    ):
        raise NotFound(_("这一行不能修改"))
    initial = row_initial(table, found[1]) if found else {}
    form = RowForm(table, request.POST or None, initial=initial, tenant=version.table.tenant)
    context: dict[str, Any] = {
        "form": form,
        "table": version.table,
        "version": version,
        "row_number": found[0] + 1 if found else None,
        "revision": request.POST.get("revision") or version.revision,
    }
    if request.method == "POST" and form.is_valid():
        row = form.row()
        try:
            services.edit_draft(
                actor,
                version=version,
                expected_revision=revision_of(request),
                change=lambda body: _put(body, key=key, row=row, is_new=found is None),
            )
        except Stale as error:
            context |= {"revision": version.revision, **_since(table, found, error)}
        except DomainError as error:
            _show(form, error)
        else:
            page = (found[0] if found else len(table.rows)) // ROWS_PER_PAGE + 1
            return to_version(code, number, f"?page={page}#row-{quote(key)}")
    return render(request, "rules/row_edit.html", context)


def _put(body: Body, *, key: str, row: dict[str, Any], is_new: bool) -> Body:
    return append_rows(body, [row]) if is_new else replace_row(body, key=key, row=row)


def _since(table: Table, found: tuple[int, Row] | None, error: Stale) -> dict[str, Any]:
    """What the row reads like by now, beside what was typed."""
    if found is None:
        return {"stale": str(error), "gone": True}
    row = found[1]
    return {"stale": str(error), "now": f"{row_text(table, row)} → {_outputs(table, row)}"}


def _outputs(table: Table, row: Row) -> str:
    return outputs_text(table, row.outputs)


def _show(form: RowForm, error: DomainError) -> None:
    """Will put each problem beside the widgets of its column."""
    problems = error.data.get("problems")
    if not problems:
        form.add_error(None, str(error))
        return
    for problem in problems:
        for name in (f"{problem['column']}__op", f"out__{problem['column']}"):
            if name in form.fields:
                form.add_error(name, problem["message"])
                break
        else:
            form.add_error(None, problem["text"])


@login_required
@require_http_methods(["GET", "POST"])
def row_paste(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Rows copied from a sheet, put at the end of the draft; refused text stays on the page."""
    actor = actor_of(request)
    version = selectors.get_version(actor, code=code, number=number)
    if not permissions.can_change_draft(actor, version):
        raise NotFound(_("这份草稿不能修改"))
    table = selectors.table_of(version)
    context: dict[str, Any] = {
        "table": version.table,
        "version": version,
        "columns": [*(f.label for f in table.inputs), *(o.label for o in table.outputs), _("备注")],
        "text": request.POST.get("text", ""),
    }
    if request.method == "POST":
        try:
            rows = read_pasted(table, context["text"])
            _append(request, version, rows)
        except DomainError as error:
            problems = error.data.get("problems") or [{"text": str(error)}]
            context["problems"] = [problem["text"] for problem in problems]
        else:
            messages.success(request, _("已加入 %(count)s 行") % {"count": len(rows)})
            return to_version(code, number, f"?page={_LAST_PAGE}")
    return render(request, "rules/row_paste.html", context)


def _append(request: HttpRequest, version: RuleTableVersion, rows: list[dict[str, Any]]) -> None:
    """At the end there is no place to mistake: an older page may append too."""
    services.edit_draft(
        actor_of(request),
        version=version,
        expected_revision=version.revision,
        change=lambda body: append_rows(body, rows),
    )
