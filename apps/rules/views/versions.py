"""One version: its rows, and what can be asked of it before and after publishing."""

from io import BytesIO
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError
from apps.rules import permissions, selectors, services
from apps.rules.dmn import write_dmn
from apps.rules.engine.vocabulary import choices_remembered
from apps.rules.errors import InvalidRules
from apps.rules.forms import FactsForm, UploadForm, area_names
from apps.rules.grid import page_of
from apps.rules.models import RuleTableVersion
from apps.rules.registry import subject_kind
from apps.rules.services import Replay, Replayed
from apps.rules.sheets import write_sheet

REPLAY_SIZES = (200, 500, 2000, 5000)
_SHOWN_OF_A_GROUP = 10
_CHANGES_PER_PAGE = 100
_CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "dmn": "application/xml",
}


@login_required
@require_GET
def version_detail(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The rows of a version. ``?cover=500``: how often the last 500 decisions met each row."""
    version = selectors.get_version(actor_of(request), code=code, number=number)
    context = _frame(request, version)
    try:
        table = selectors.table_of(version)
    except DomainError as error:
        return render(request, "rules/version_broken.html", {**context, "problem": str(error)})
    query = request.GET.get("q", "").strip()[:100]
    coverage = _coverage(request, version)
    with choices_remembered():
        page = page_of(
            table,
            number=request.GET.get("page", ""),
            query=query,
            fired=coverage.fired if coverage else None,
            only_never=request.GET.get("only") == "never",
        )
        context |= {"facts_form": FactsForm(table.inputs)}
    context |= {
        "page": page,
        "query": query,
        "coverage": coverage,
        "never_count": sum(not coverage.fired[r.key] for r in table.rows) if coverage else 0,
        "only_never": request.GET.get("only") == "never",
        "row_count": len(table.rows),
        "inputs": table.inputs,
        "outputs": table.outputs,
        "areas": area_names(table.inputs),
        "test_cases": version.table.test_cases.all(),
        "tests": _tests(version),
    }
    return render(request, "rules/version_detail.html", context)


def _frame(request: HttpRequest, version: RuleTableVersion) -> dict[str, Any]:
    """What every page of a version shows: who may do what, and the other versions."""
    viewer, now = actor_of(request), clock.now()
    versions = list(selectors.list_versions(version.table).defer("body"))
    may_change = permissions.can_change_draft(viewer, version)
    return {
        "table": version.table,
        "version": version,
        "standing": version.standing(now),
        "versions": [(other, other.standing(now)) for other in versions],
        "history": selectors.list_history(version.table),
        "upload_form": UploadForm(),
        "replay_sizes": REPLAY_SIZES,
        "may_edit": permissions.can_edit(viewer, version.table),
        "may_change": may_change,
        "may_undo": may_change and version.steps.exists(),
        "may_review": permissions.can_review(viewer, version),
        "may_publish": permissions.can_publish(viewer, version.table),
        "may_restore": permissions.can_restore(viewer, version),
        "is_author": version.author_id == viewer.pk,
    }


def _size(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text[:6]) in REPLAY_SIZES else None


def _coverage(request: HttpRequest, version: RuleTableVersion) -> Replay | None:
    size = _size(request.GET.get("cover", ""))
    return services.replay_report(version, limit=size) if size else None


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
    """What the last decisions would have become; ``?group=2``: every case of one change."""
    version = selectors.get_version(actor_of(request), code=code, number=number)
    size = _size(request.GET.get("limit", "")) or REPLAY_SIZES[1]
    report = services.replay_report(version, limit=size)
    context: dict[str, Any] = {
        "version": version,
        "table": version.table,
        "size": size,
        "sizes": REPLAY_SIZES,
        "report": report,
    }
    wanted = request.GET.get("group", "")
    if wanted.isdigit() and int(wanted[:6]) < len(report.groups):
        group = report.groups[int(wanted[:6])]
        page = Paginator(group.changes, _CHANGES_PER_PAGE).get_page(request.GET.get("page"))
        context |= {"group": group, "page": page, "cases": [_case(c) for c in page]}
        return render(request, "rules/replay_group.html", context)
    context["groups"] = [
        (number, group, [_case(change) for change in group.changes[:_SHOWN_OF_A_GROUP]])
        for number, group in enumerate(report.groups)
    ]
    return _part(request, "rules/_replay.html", context)


def _case(change: Replayed) -> dict[str, Any]:
    """A subject by its name and page; whether the viewer may open it, its own page decides."""
    kind, _colon, subject_id = change.decision.subject.partition(":")
    known = subject_kind(change.decision.subject)
    return {
        "decision": change.decision,
        "label": f"{known.label} {subject_id}" if known else f"{kind} {subject_id}",
        "url": known.url(subject_id) if known and known.url else "",
    }


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
