"""Relations of files: made from a file's page or by drawing a person onto a house; ended."""

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import clock, imports
from apps.common.errors import DomainError, InvalidInput
from apps.common.pages import put_into, status_of, tell
from apps.registry import permissions, selectors, services
from apps.registry.enums import FileKind
from apps.registry.forms.files import ImportForm, LinkForm, RelateForm
from apps.registry.models import RegistryFile
from apps.registry.selectors.links import relation_of
from apps.registry.selectors.values import shown_title
from apps.registry.services.readings import COLUMNS
from apps.registry.views._common import holds
from apps.registry.views.files import as_row

FOUND_MOST = 12
_REF = re.compile(r"[A-Za-z]{2}0*(\d{1,12})\Z")


@holds(*permissions.WRITERS)
@require_http_methods(["GET", "POST"])
def link_new(request: HttpRequest, file_id: int) -> HttpResponse:
    """Links a file with another one, which is looked up within the person's reach."""
    viewer = actor_of(request)
    file = selectors.get_file(viewer, file_id)
    form = LinkForm(request.POST or None, file=file)
    candidates: list[RegistryFile] = []
    if request.method == "POST" and form.is_valid():
        try:
            candidates = _found(viewer, form.cleaned_data["other"], besides=file)
            _link(viewer, file, form.cleaned_data, candidates)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("关系已登记"))
            return redirect("registry:file-detail", file.pk)
    context = {
        "file": file,
        "form": form,
        "title": shown_title(file),
        "candidates": [as_row(row) for row in candidates] if len(candidates) > 1 else [],
    }
    return render(request, "registry/link_new.html", context, status=status_of(form))


def _found(viewer: User, text: str, *, besides: RegistryFile) -> list[RegistryFile]:
    ref = _REF.match(text.strip())
    if ref:
        return [selectors.get_file(viewer, int(ref[1]))]
    rows = selectors.list_files(viewer, text=text).exclude(pk=besides.pk)
    return list(rows[:FOUND_MOST])


def _link(
    viewer: User, file: RegistryFile, given: dict[str, Any], candidates: list[RegistryFile]
) -> None:
    if not candidates:
        raise InvalidInput(_("没有找到这份档案"), field="other")
    if len(candidates) > 1:
        raise InvalidInput(_("找到多份档案，请改填下面列出的档案编号"), field="other")
    code, _colon, side = given["kind"].partition(":")
    ends = (file.pk, candidates[0].pk) if side == "to" else (candidates[0].pk, file.pk)
    services.link_files(
        viewer,
        kind_code=code,
        from_id=ends[0],
        to_id=ends[1],
        from_on=given["from_on"],
        to_on=given["to_on"],
        note=given["note"],
    )


@holds(*permissions.WRITERS)
@require_POST
def relation_end(request: HttpRequest, file_id: int, relation_id: int) -> HttpResponse:
    """Ends a relation today, or on the day given."""
    viewer = actor_of(request)
    relation = relation_of(selectors.get_file(viewer, file_id), relation_id)
    tell(
        request,
        lambda: services.end_relation(
            viewer, relation_id=relation.pk, on=_day(request.POST.get("to_on", ""))
        ),
        done=_("关系已终止，历史保留"),
    )
    return redirect("registry:file-detail", file_id)


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(_("日期格式不对"), field="to_on") from error


@holds(*permissions.WRITERS)
@require_http_methods(["GET", "POST"])
def relate(request: HttpRequest) -> HttpResponse:
    """People on the left, houses on the right: one is drawn onto the other, or both chosen."""
    viewer = actor_of(request)
    form = RelateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.link_files(
                viewer,
                kind_code=given["kind"],
                from_id=given["person"],
                to_id=given["house"],
                from_on=given["from_on"],
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("关系已登记"))
            return redirect("registry:file-detail", given["house"])
    person_text, house_text = request.GET.get("person", ""), request.GET.get("house", "")
    people = selectors.list_files(viewer, kind=FileKind.PERSON, text=person_text)
    houses = selectors.list_files(viewer, kind=FileKind.PREMISES, text=house_text)
    context = {
        "form": form,
        "person_text": person_text,
        "house_text": house_text,
        "people": [as_row(row) for row in people[:FOUND_MOST]],
        "houses": [as_row(row) for row in houses[:FOUND_MOST]],
    }
    return render(request, "registry/relate.html", context, status=status_of(form))


@holds(permissions.KEEP)
@require_http_methods(["GET", "POST"])
def reading_import(request: HttpRequest) -> HttpResponseBase:
    """Takes over what houses use, month by month."""
    viewer = actor_of(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            parsed = imports.read_rows(form.cleaned_data["file"], COLUMNS)
            report = services.import_readings(
                viewer, parsed=parsed, partial=form.cleaned_data["partial"]
            )
        except DomainError as error:
            put_into(form, error)
        else:
            if "sheet" in request.POST and report.errors:
                return imports.error_sheet(report.errors)
            if not report.errors:
                messages.success(request, _("已导入%d条用量") % report.saved)
                return redirect("registry:file-list")
    context = {"form": form, "report": report, "columns": COLUMNS}
    status = 422 if form.errors or (report and report.errors) else 200
    return render(request, "registry/reading_import.html", context, status=status)
