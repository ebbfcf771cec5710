"""The list of responsibilities: search, gaps, lines in and out, by hand and by file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common import clock, dictionaries
from apps.common.errors import DomainError, NotAllowed
from apps.common.exports import Column, xlsx_response
from apps.common.imports import read_rows
from apps.common.paging import page_of
from apps.matters import permissions, selectors, services
from apps.matters.forms import ResponsibilityFileForm, ResponsibilityForm
from apps.matters.models import Responsibility
from apps.matters.views.requests import viewer_of

CLASS_DICTIONARY = "demand-class"


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    if not permissions.can_view_responsibilities(viewer):
        raise NotAllowed(_("您没有查看权责清单的权限"))
    return viewer


def _tenant(viewer: User) -> Tenant:
    """The tenant the viewer keeps the list of: that of the posts held, else the only one."""
    scope = scope_of(viewer)
    found = Tenant.objects.filter(pk__in=scope.tenant_ids).order_by("pk").first()
    found = found or (Tenant.objects.order_by("pk").first() if scope.everything else None)
    if found is None:
        raise NotAllowed(_("您没有维护权责清单的权限"))
    return found


@login_required
@require_http_methods(["GET", "POST"])
def responsibility_list(request: HttpRequest) -> HttpResponse:
    """Search the list; whoever keeps it adds a line below."""
    viewer = _viewer(request)
    form = ResponsibilityForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_responsibility(
                viewer,
                tenant=_tenant(viewer),
                line=form.line,
                replaces=form.cleaned_data["replaces"],
            )
        except DomainError as refusal:
            known = refusal.field if refusal.field in form.fields else None
            form.add_error(known, str(refusal))
        else:
            messages.success(request, _("已加入权责清单"))
            return redirect("matters:responsibility-list")
    return _list_page(request, viewer, form=form)


def _list_page(
    request: HttpRequest, viewer: User, *, form: ResponsibilityForm, **more: Any
) -> HttpResponse:
    text, ended = request.GET.get("q", "")[:60], request.GET.get("ended") == "1"
    found = selectors.list_responsibilities(viewer, text=text, ended=ended)
    page = page_of(found, request.GET)
    labels = dict(dictionaries.choices(CLASS_DICTIONARY))
    disputes = selectors.count_disputes(viewer, page.items)
    tenant_ids = scope_of(viewer).tenant_ids
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "rows": [
            {
                "line": line,
                "label": labels.get(line.class_code, line.class_code) or _("全部分类"),
                "disputes": disputes[line.pk],
            }
            for line in page.items
        ],
        "q": text,
        "ended": ended,
        "form": form,
        "file_form": ResponsibilityFileForm(),
        "may_edit": any(permissions.can_edit_responsibilities(viewer, t) for t in tenant_ids)
        or viewer.is_superuser,
        "previous_url": f"?{query.urlencode()}&page={page.number - 1}" if page.has_previous else "",
        "next_url": f"?{query.urlencode()}&page={page.number + 1}" if page.has_next else "",
    }
    return render(request, "matters/responsibility_list.html", context | more)


@login_required
@require_POST
def responsibility_end(request: HttpRequest, line_id: int) -> HttpResponse:
    viewer = _viewer(request)
    try:
        services.end_responsibility(viewer, line_id=line_id, reason=request.POST.get("reason", ""))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已失效，历史记录保留"))
    return redirect("matters:responsibility-list")


@login_required
@require_POST
def responsibility_import(request: HttpRequest) -> HttpResponse:
    """Takes over a file, all of it or nothing; says row by row what to mend."""
    viewer = _viewer(request)
    form = ResponsibilityFileForm(request.POST, request.FILES)
    blank = ResponsibilityForm(None, viewer=viewer)
    if not form.is_valid():
        return _list_page(request, viewer, form=blank, file_form=form)
    try:
        report = services.import_responsibilities(
            viewer,
            tenant=_tenant(viewer),
            parsed=read_rows(form.cleaned_data["file"], services.RESPONSIBILITY_COLUMNS),
            replaces=form.cleaned_data["replaces"],
        )
    except DomainError as refusal:
        form.add_error("file" if refusal.field == "file" else None, str(refusal))
        return _list_page(request, viewer, form=blank, file_form=form)
    if report.errors:
        return _list_page(request, viewer, form=blank, file_form=form, errors=report.errors[:200])
    messages.success(request, _("已导入%d条") % report.saved)
    return redirect("matters:responsibility-list")


@login_required
@require_GET
def responsibility_export(request: HttpRequest) -> HttpResponseBase:
    """The lines the page shows, in the form the import reads."""
    viewer = _viewer(request)
    text = request.GET.get("q", "")[:60]
    found = selectors.list_responsibilities(viewer, text=text)
    audit.record(viewer, "responsibilities.exported", data={"q": text})
    name = f"{_('权责清单')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, _export_columns(), found.iterator(chunk_size=500))


def _export_columns() -> list[Column]:
    labels = dict(dictionaries.choices(CLASS_DICTIONARY))
    return [
        Column(_("分类代码"), lambda r: r.class_code, width=16),
        Column(_("分类"), lambda r: labels.get(r.class_code, ""), width=16),
        Column(_("事项代码"), _matter_code, width=18),
        Column(_("区域代码"), lambda r: r.area.code, width=16),
        Column(_("区域"), lambda r: r.area.name, width=16),
        Column(_("单位代码"), lambda r: r.unit.code, width=18),
        Column(_("责任单位"), lambda r: r.unit.name, width=24),
        Column(_("法定依据"), lambda r: r.legal_basis, width=40),
        Column(_("来源"), lambda r: r.source, width=24),
        Column(_("生效日期"), lambda r: r.valid_from, width=12),
        Column(_("版本"), lambda r: r.version, width=6),
    ]


def _matter_code(line: Responsibility) -> str:
    return line.matter_type.code if line.matter_type else ""


@login_required
@require_GET
def responsibility_matrix(request: HttpRequest) -> HttpResponse:
    """Classes down, districts across: where nobody answers, where two do."""
    viewer = _viewer(request)
    districts, rows = selectors.matrix_of(viewer)
    only_gaps = request.GET.get("all") != "1"
    cells = [cell for row in rows for cell in row.cells]
    context = {
        "districts": districts,
        "rows": [row for row in rows if row.has_gap] if only_gaps else rows,
        "only_gaps": only_gaps,
        "none": sum(cell.status == "none" for cell in cells),
        "several": sum(cell.status == "several" for cell in cells),
        "total": len(cells),
    }
    return render(request, "matters/responsibility_matrix.html", context)


@login_required
@require_GET
def responsibility_map(request: HttpRequest) -> JsonResponse:
    """GeoJSON: each district as a point with how many classes have no unit, or several."""
    districts, rows = selectors.matrix_of(_viewer(request))
    features = []
    for number, area in enumerate(districts):
        states = [row.cells[number].status for row in rows]
        geometry = None
        if area.center is not None:
            geometry = {"type": "Point", "coordinates": list(area.center.coords)}
        properties = {
            "code": area.code,
            "name": area.name,
            "classes": len(states),
            "none": states.count("none"),
            "several": states.count("several"),
        }
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return JsonResponse({"type": "FeatureCollection", "features": features})
