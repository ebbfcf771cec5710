from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock
from apps.common.errors import DomainError, NotAllowed
from apps.rules import permissions, selectors, services
from apps.rules.dmn import write_dmn
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import choices_remembered
from apps.rules.errors import InvalidRules
from apps.rules.forms import ColumnsForm, FactsForm, TableForm, UploadForm
from apps.rules.models import RuleTable, RuleTableVersion
from apps.rules.sheets import write_sheet
from apps.rules.views.requests import actor_of

ROWS_PER_PAGE = 50
_CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "dmn": "application/xml",
}


@dataclass(frozen=True)
class GridRow:
    """One row of the readable grid. open: the column does not matter."""

    number: int
    key: str
    cells: list[tuple[str, bool]]
    outputs: list[str]
    note: str


@login_required
@require_GET
def table_list(request: HttpRequest) -> HttpResponse:
    viewer = actor_of(request)
    if not selectors.may_view(viewer):
        raise NotAllowed(_("您没有查看规则的权限"))
    return render(
        request,
        "rules/table_list.html",
        {
            "tables": selectors.list_tables(viewer),
            "may_create": viewer.has_perm(permissions.EDIT),
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def table_create(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not actor.has_perm(permissions.EDIT):
        raise NotAllowed(_("您没有编写规则的权限"))
    form = TableForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            table = services.create_table(actor, **form.cleaned_data)
            return redirect("rules:table-detail", code=table.code)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return render(request, "rules/table_create.html", {"form": form})


@login_required
@require_GET
def table_detail(request: HttpRequest, code: str) -> HttpResponse:
    table = selectors.get_table(actor_of(request), code=code)
    published = selectors.get_published(code)
    number = published.number if published else getattr(table, "newest_number", None)
    if number is None:
        return _first_draft(request, table)
    return version_detail(request, code, number)


def _first_draft(request: HttpRequest, table: RuleTable) -> HttpResponse:
    vocabulary = selectors.vocabulary_of(table)
    context = {
        "table": table,
        "columns_form": ColumnsForm(vocabulary),
        "upload_form": UploadForm(),
        "may_edit": permissions.can_edit(actor_of(request), table),
    }
    return render(request, "rules/table_empty.html", context)


@login_required
@require_GET
def version_detail(request: HttpRequest, code: str, number: int) -> HttpResponse:
    viewer = actor_of(request)
    version = selectors.get_version(viewer, code=code, number=number)
    context = _page(request, version)
    try:
        table = selectors.table_of(version)
    except DomainError as error:
        return render(request, "rules/version_broken.html", {**context, "problem": str(error)})
    query = request.GET.get("q", "").strip()[:100]
    with choices_remembered():
        rows = _grid(table, query)
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "page": page,
        "query": query,
        "inputs": table.inputs,
        "outputs": table.outputs,
        "facts_form": FactsForm(table.inputs),
        "test_cases": version.table.test_cases.all(),
        "tests": _tests(version),
    }
    return render(request, "rules/version_detail.html", context)


def _page(request: HttpRequest, version: RuleTableVersion) -> dict[str, Any]:
    """What every page of a version shows: who may do what, and the other versions."""
    viewer, now = actor_of(request), clock.now()
    versions = list(selectors.list_versions(version.table))
    return {
        "table": version.table,
        "version": version,
        "standing": version.standing(now),
        "versions": [(other, other.standing(now)) for other in versions],
        "upload_form": UploadForm(),
        "may_edit": permissions.can_edit(viewer, version.table),
        "may_change": permissions.can_change_draft(viewer, version),
        "may_review": permissions.can_review(viewer, version),
        "may_publish": permissions.can_publish(viewer, version.table),
        "is_author": version.author_id == viewer.pk,
    }


def _grid(table: Table, query: str) -> list[GridRow]:
    rows = [
        GridRow(
            number=number,
            key=row.key,
            cells=[
                (cell.text(fact), cell.op == "any")
                for fact, cell in zip(table.inputs, row.cells, strict=True)
            ],
            outputs=[output.describe(row.outputs.get(output.code)) for output in table.outputs],
            note=row.note,
        )
        for number, row in enumerate(table.rows, start=1)
    ]
    if not query:
        return rows
    return [r for r in rows if any(query in t for t in (*dict(r.cells), *r.outputs, r.note))]


def _tests(version: RuleTableVersion) -> list[services.TestResult]:
    try:
        return services.run_tests(version)
    except InvalidRules:
        return []


def _part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A part of the version's page for htmx; without script, a page of its own."""
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return render(request, "rules/fragment_page.html", {**context, "fragment": template})


@login_required
@require_GET
def version_check(request: HttpRequest, code: str, number: int) -> HttpResponse:
    version = selectors.get_version(actor_of(request), code=code, number=number)
    context: dict[str, Any] = {
        "version": version,
        "table": version.table,
        "table_policy": version.hit_policy,
    }
    try:
        context["report"] = services.check_draft(version)
    except InvalidRules as error:
        context["problems"] = error.data["problems"]
    return _part(request, "rules/_check.html", context)


@login_required
@require_GET
def version_try(request: HttpRequest, code: str, number: int) -> HttpResponse:
    version = selectors.get_version(actor_of(request), code=code, number=number)
    form = FactsForm(selectors.table_of(version).inputs, request.GET)
    context: dict[str, Any] = {"version": version, "table": version.table, "facts_form": form}
    if form.is_valid():
        try:
            context["trial"] = services.evaluate(version, form.facts())
            context["may_edit"] = permissions.can_edit(actor_of(request), version.table)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return _part(request, "rules/_trial.html", context)


@login_required
@require_GET
def version_replay(request: HttpRequest, code: str, number: int) -> HttpResponse:
    version = selectors.get_version(actor_of(request), code=code, number=number)
    decisions = list(selectors.list_decisions(version.table)[:500])
    context = {
        "version": version,
        "count": len(decisions),
        "changes": services.replay(version, decisions)[:100],
    }
    return _part(request, "rules/_replay.html", context)


@login_required
@require_GET
def version_diff(request: HttpRequest, code: str, number: int, other: int) -> HttpResponse:
    viewer = actor_of(request)
    version = selectors.get_version(viewer, code=code, number=number)
    before = selectors.get_version(viewer, code=code, number=other)
    context = {
        "table": version.table,
        "version": version,
        "before": before,
        "changes": selectors.diff(before, version),
    }
    return render(request, "rules/version_diff.html", context)


@login_required
@require_GET
def version_export(
    request: HttpRequest, code: str, number: int, file_format: str = "xlsx"
) -> FileResponse:
    """The version as an Excel sheet or a DMN file; both can be uploaded again."""
    version = selectors.get_version(actor_of(request), code=code, number=number)
    table, file = selectors.table_of(version), BytesIO()
    if file_format == "dmn":
        write_dmn(table, file, code=version.table.code, name=version.table.name)
    else:
        write_sheet(table, file)
    file.seek(0)
    name = f"{version.table.name}-{version.number}.{file_format}"
    kind = _CONTENT_TYPES[file_format]
    response = FileResponse(file, as_attachment=True, filename=name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def tell(request: HttpRequest, error: DomainError) -> None:
    """Will show a refusal on the next page, with the cells it names."""
    problems = error.data.get("problems")
    lines = [p["text"] if isinstance(p, dict) else str(p) for p in problems or []]
    messages.error(request, "；".join(lines[:10]) if lines else str(error))
