"""Bringing a file: upload, preview, confirm, result."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.geodata import progress, selectors, services
from apps.geodata.enums import JobState
from apps.geodata.forms import (
    ConfirmForm,
    FieldFormSet,
    RereadForm,
    UploadForm,
    field_initial,
)
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.reading import MAX_BYTES, Reading
from apps.geodata.services import Confirmation
from apps.geodata.services.intake import too_big
from apps.geodata.views.access import Quota, keeper_required

_FORM_BYTES = 64 * 1024
_BUSY = (JobState.READING, JobState.WRITING)


@keeper_required
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Files on their way in, and what became of them."""
    context = paged(request, selectors.list_imports(actor_of(request)))
    return render(request, "geodata/import_list.html", context)


@csrf_exempt  # asked in _import_new: before, the body would be read without the quota
def import_new(request: HttpRequest) -> HttpResponseBase:
    """Takes a file in, with the limit watched while it arrives."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES + _FORM_BYTES:
        raise too_big()
    request.upload_handlers = [Quota(request), *request.upload_handlers]
    return _import_new(request)


@keeper_required
@csrf_protect
@require_http_methods(["GET", "POST"])
def _import_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    dataset = _replaced(request)
    form = UploadForm(request.POST or None, request.FILES or None, viewer=actor, dataset=dataset)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        job = take(
            form,
            lambda: services.take_in(
                actor,
                upload=data["file"],
                unit=data["unit"],
                name=data["name"],
                crs=data["crs"],
                dataset_id=dataset.pk if dataset else None,
            ),
        )
        if job is not None:
            return redirect("geodata:import-detail", pk=job.pk)
    context = {"form": form, "dataset": dataset}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "geodata/import_new.html", context, status=status)


@keeper_required
@require_http_methods(["GET", "POST"])
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands; a preview is confirmed here."""
    actor = actor_of(request)
    job = selectors.get_import(actor, pk)
    if job.state in _BUSY:
        return render(request, "geodata/import_busy.html", {"job": job} | _progress(job))
    if job.state not in {JobState.PREVIEWED, JobState.REFUSED}:
        context = {"job": job, "issues": selectors.list_issues(job)[:100]}
        return render(request, "geodata/import_over.html", context)
    form = ConfirmForm(request.POST or None, job=job)
    fields = FieldFormSet(request.POST or None, initial=field_initial(job), prefix="fields")
    if request.method == "POST" and form.is_valid() and fields.is_valid():
        take(
            form,
            lambda: services.confirm_import(
                actor, job_id=pk, confirmation=_confirmation(form, fields)
            ),
        )
        if not form.errors:
            return redirect("geodata:import-detail", pk=pk)
    status = 422 if form.is_bound else 200
    return render(
        request, "geodata/import_preview.html", _preview(job, form, fields), status=status
    )


@keeper_required
@require_GET
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is; has the page loaded anew once it is done."""
    job = selectors.get_import(actor_of(request), pk)
    response = render(request, "geodata/_progress.html", {"job": job} | _progress(job))
    if job.state not in _BUSY:
        response["HX-Refresh"] = "true"
    return response


@keeper_required
@require_POST
def import_reread(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the file read again as the person says."""
    actor = actor_of(request)
    job = selectors.get_import(actor, pk)
    form = RereadForm(request.POST, job=job)
    if not form.is_valid():
        raise InvalidInput(_("读取方式不正确"), field="encoding")
    data = dict(form.cleaned_data)
    crs = data.pop("crs", "")
    tell(
        request,
        lambda: services.reread_import(actor, job_id=pk, reading=Reading(**data), crs=crs),
        done=_("正在重新读取"),
    )
    return redirect("geodata:import-detail", pk=pk)


@keeper_required
@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives an import up."""
    tell(
        request,
        lambda: services.cancel_import(actor_of(request), job_id=pk),
        done=_("已放弃导入，文件已删除"),
    )
    return redirect("geodata:import-list")


@keeper_required
@require_GET
def import_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """The sample of a file as GeoJSON, read under one hypothesis."""
    job = selectors.get_import(actor_of(request), pk)
    body = selectors.sample_geojson(job, request.GET.get("as", ""))
    return HttpResponse(body, content_type="application/geo+json")


@keeper_required
@require_GET
def import_issues(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the checks found something, as GeoJSON."""
    body = selectors.issues_geojson(selectors.get_import(actor_of(request), pk))
    return HttpResponse(body, content_type="application/geo+json")


@keeper_required
@require_GET
def import_sheet(request: HttpRequest, pk: int) -> FileResponse:
    """What the checks found, as a sheet."""
    actor = actor_of(request)
    job = selectors.get_import(actor, pk)
    columns = [
        Column(_("行号"), lambda issue: issue.row_number or "", 8),
        Column(_("级别"), lambda issue: issue.get_severity_display(), 8),
        Column(_("问题"), lambda issue: issue.get_kind_display(), 18),
        Column(_("字段"), lambda issue: issue.field, 16),
        Column(_("说明"), lambda issue: issue.message, 50),
        Column(_("经度"), lambda issue: issue.point.x if issue.point else "", 14),
        Column(_("纬度"), lambda issue: issue.point.y if issue.point else "", 14),
    ]
    name = _("检查问题-%(name)s") % {"name": job.name}
    return xlsx_response(name, columns, selectors.list_issues(job).iterator())


def _replaced(request: HttpRequest) -> Dataset | None:
    wanted = request.GET.get("dataset", "")
    return selectors.get_dataset(actor_of(request), int(wanted)) if wanted.isdecimal() else None


def _progress(job: ImportJob) -> dict[str, Any]:
    done, total, _words = progress.ask(job.pk)
    return {"done": done, "total": total or None, "percent": 100 * done // total if total else 0}


def _confirmation(form: ConfirmForm, fields: Any) -> Confirmation:
    data = form.cleaned_data
    return Confirmation(
        crs=data.get("crs", ""),
        reason=data.get("reason", ""),
        rules=[field.rule() for field in fields],
        data_on=data["data_on"],
        repair=data["repair"],
        topology=data["topology"],
        strict=data["strict"],
        visibility=data["visibility"],
        source=data["source"],
        approval_number=data["approval_number"],
        update_days=data["update_days"],
    )


def _preview(job: ImportJob, form: ConfirmForm, fields: Any) -> dict[str, Any]:
    best = next((f for f in job.shift.get("findings", []) if f["code"] == job.shift["best"]), None)
    return {
        "job": job,
        "form": form,
        "fields": fields,
        "reread": RereadForm(job=job, auto_id="reread_%s"),
        "best": best,
        "percent": round(100 * job.shift.get("confidence", 0)),
        "is_unshift_allowed": services.is_unshift_allowed(),
        "issues": selectors.list_issues(job)[:100],
        "headers": [rule["label"] for rule in job.summary.get("rules", [])],
        "center": _middle(job),
    }


def _middle(job: ImportJob) -> str:
    area = job.tenant.area
    centre = area.center if area is not None else None
    return f"{centre.x:.6f},{centre.y:.6f}" if centre else ""
