"""The register of cameras: list, one file, entered, changed, files in and out. Source: VD-04."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.common import clock, forms_data
from apps.common.errors import DomainError
from apps.common.exports import Column, xlsx_response
from apps.common.forms_data.rows import field_rows, fields_of
from apps.common.imports import Report, error_sheet, read_rows
from apps.common.pages import paged, put_into, take, tell
from apps.video import permissions, selectors, services
from apps.video.forms import (
    CameraEditForm,
    CameraFilterForm,
    ClipForm,
    ConsentForm,
    NoteForm,
    PictureForm,
    PlayForm,
    SheetForm,
    details_form,
)
from apps.video.models import Camera
from apps.video.views._common import reader_of, show_form
from apps.video.views.showing import recording_rows, stated_rows

TABS = {
    "file": gettext_lazy("档案"),
    "sources": gettext_lazy("取流方式"),
    "pictures": gettext_lazy("标准画面"),
    "recording": gettext_lazy("录像"),
    "sharing": gettext_lazy("共享"),
    "plays": gettext_lazy("访问记录"),
}


@login_required
@require_GET
def camera_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the cameras."""
    viewer = reader_of(request)
    form = CameraFilterForm(request.GET, viewer=viewer)
    context = paged(request, selectors.list_cameras(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
        "may_define": permissions.can_define_form(viewer),
    }
    return render(request, "video/camera_list.html", context)


@login_required
@require_GET
def camera_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet the import reads."""
    viewer = reader_of(request)
    form = CameraFilterForm(request.GET, viewer=viewer)
    rows = selectors.list_cameras(viewer, **form.wanted()).prefetch_related("labels")
    services.note_export(viewer, what="cameras", count=rows.count())
    columns = [
        Column("国标编码", lambda c: c.gb_code, 24),
        Column("名称", lambda c: c.asset.name, 24),
        Column("点位性质", lambda c: c.get_network_display(), 12),
        Column("经度", lambda c: round(c.asset.point.x, 7), 14),
        Column("纬度", lambda c: round(c.asset.point.y, 7), 14),
        Column("所在区域", lambda c: c.asset.area.name if c.asset.area else "", 20),
        Column("安装地址", lambda c: c.address, 30),
        Column("权属单位代码", lambda c: c.asset.owner_unit.code if c.asset.owner_unit else "", 18),
        Column("生产厂家", lambda c: c.asset.maker, 18),
        Column("规格型号", lambda c: c.asset.model, 18),
        Column("维保单位", lambda c: c.asset.vendor, 18),
        Column("安装日期", lambda c: c.asset.installed_on, 14),
        Column("外形", lambda c: c.get_shape_display(), 10),
        Column("有云台", lambda c: _("是") if c.has_ptz else _("否"), 8),
        Column("朝向（度）", lambda c: c.heading_deg, 10),
        Column("安装高度（米）", lambda c: c.height_m, 12),
        Column("录像机编码", lambda c: c.recorder.gb_code if c.recorder else "", 24),
        Column("通道号", lambda c: c.channel, 8),
        Column("标签", lambda c: "、".join(one.name for one in c.labels.all()), 20),
        Column("同意接入的业主", lambda c: c.consent_owner, 20),
        Column("同意日期", lambda c: c.consent_on, 14),
        Column("隔离", lambda c: _("是") if c.is_isolated else _("否"), 8),
        Column("启用", lambda c: _("是") if c.is_active else _("否"), 8),
    ]
    return xlsx_response(f"{_('摄像机')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def camera_import(request: HttpRequest) -> HttpResponseBase:
    """A list taken in; what is wrong shows in the page, or comes as a sheet of errors."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    form = SheetForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            parsed = read_rows(form.cleaned_data["file"], services.COLUMNS)
            report = services.import_cameras(
                viewer, parsed=parsed, partial=form.cleaned_data["partial"]
            )
        except DomainError as error:
            put_into(form, error)
        else:
            if report.errors and "sheet" in request.POST:
                return error_sheet(report.errors)
            if not report.errors:
                messages.success(request, _("已导入 %(n)d 台摄像机") % {"n": report.saved})
                return redirect("video:camera-list")
    wrong = form.errors or (report and report.errors)
    context = {"form": form, "report": report, "columns": services.COLUMNS}
    return render(request, "video/camera_import.html", context, status=422 if wrong else 200)


@login_required
@require_http_methods(["GET", "POST"])
def camera_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One camera to write; a new social one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    camera = selectors.get_camera(viewer, pk=pk) if pk is not None else None
    data = request.POST or None
    form = CameraEditForm(data, viewer=viewer, camera=camera)
    more = details_form(services.newest_form(), data, camera)
    if request.method == "POST" and form.is_valid() and (more is None or more.is_valid()):
        saved = take(form, lambda: _save(viewer, form, more, pk))
        if saved is not None:
            messages.success(request, _("已保存摄像机“%(name)s”") % {"name": saved.asset.name})
            return redirect("video:camera-detail", pk=saved.pk)
    title = camera.asset.name if camera else _("登记社会点位")
    back = (str(camera), reverse("video:camera-detail", args=[camera.pk])) if camera else None
    return show_form(request, form, title, back=back, more=more)


@login_required
@require_http_methods(["GET", "POST"])
def form_edit(request: HttpRequest) -> HttpResponse:
    """What the city asks of every camera besides: rows of fields, kept as a new version."""
    viewer = reader_of(request)
    permissions.require_define_form(viewer)
    form, data = services.newest_form(), request.POST or None
    rows = field_rows(form.definition.get("fields", []) if form else [], data, prefix="fields")
    if request.method == "POST" and rows.is_valid():
        definition = {"fields": fields_of(rows)}
        if tell(
            request, lambda: services.define_form(viewer, definition=definition),
            done=_("已保存，自下次登记或修改起按新表单填写"),
        ):  # fmt: skip
            return redirect("video:form-edit")
    status = 422 if request.method == "POST" else 200
    return render(request, "video/form_edit.html", {"rows": rows, "form": form}, status=status)


def _save(
    viewer: User, form: CameraEditForm, more: forms_data.DataForm | None, pk: int | None
) -> Camera:
    spec = form.spec(more.plain_data() if more is not None else {})
    if pk is None:
        return services.register_camera(viewer, spec=spec)
    return services.amend_camera(viewer, camera_id=pk, spec=spec)


@login_required
@require_GET
def camera_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of one camera, tab by tab; of a shared one only what is needed to look."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    is_own = selectors.is_own(viewer, camera)
    tab = request.GET.get("tab", "file")
    shown = TABS if is_own else {"file": TABS["file"]}
    tab = tab if tab in shown else "file"
    context: dict[str, Any] = {
        "camera": camera,
        "tab": tab,
        "tabs": [
            {"label": label, "url": f"?tab={name}", "current": name == tab, "count": None}
            for name, label in shown.items()
        ],
        "is_own": is_own,
        "may_keep": permissions.can_keep_in(viewer, camera.asset.area),
        "may_play": permissions.can_play(viewer, camera)
        or permissions.grant_for(viewer, camera) is not None,
        "may_approve": permissions.can_approve(viewer, camera),
        "note_form": NoteForm(auto_id="note_%s"),
    }
    return render(request, "video/camera_detail.html", context | _of_tab(request, camera, tab))


def _of_tab(request: HttpRequest, camera: Camera, tab: str) -> dict[str, Any]:
    match tab:
        case "sources":
            return {"sources": camera.sources.select_related("platform"), "clip_form": ClipForm()}
        case "pictures":
            pictures = camera.pictures.select_related("file", "proposed_by", "decided_by")
            return {"pictures": pictures[:30], "picture_form": PictureForm()}
        case "recording":
            return recording_rows(camera)
        case "sharing":
            return {"grants": selectors.list_grants(camera)}
        case "plays":
            return paged(request, selectors.list_plays(camera))
    return {
        "stated": stated_rows(camera), "play_form": PlayForm(auto_id="play_%s"),
        "consent_form": ConsentForm(auto_id="consent_%s"),
    }  # fmt: skip


@login_required
@require_POST
def camera_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or back."""
    viewer = reader_of(request)
    selectors.get_camera(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_camera_active(viewer, camera_id=pk, is_active=is_active),
        done=_("已启用") if is_active else _("已停用"),
    )
    return redirect("video:camera-detail", pk=pk)


@login_required
@require_POST
def camera_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """A social point taken out of the register."""
    viewer = reader_of(request)
    selectors.get_camera(viewer, pk=pk)
    reason = request.POST.get("text", "")
    if tell(
        request,
        lambda: services.drop_camera(viewer, camera_id=pk, reason=reason),
        done=_("已删除该社会点位"),
    ):
        return redirect("video:camera-list")
    return redirect("video:camera-detail", pk=pk)


@login_required
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """How whole the files are, and what stands where."""
    viewer = reader_of(request)
    counts = [
        ("districts", _("按区域"), selectors.counts_by_district(viewer)),
        ("makers", _("按生产厂家"), selectors.counts_by(viewer, "asset__maker")),
        ("labels", _("按标签"), selectors.counts_by(viewer, "labels__name")),
    ]
    context = {
        "rates": selectors.rates_by(viewer),
        "networks": selectors.counts_by(viewer, "network"),
        "charts": [_chart(*one) for one in counts if one[2]],
        "network_names": dict(Camera._meta.get_field("network").flatchoices),
    }
    return render(request, "video/statistics.html", context)


@login_required
@require_GET
def statistics_export(request: HttpRequest) -> HttpResponseBase:
    """The rates of each unit, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.rates_by(viewer)
    services.note_export(viewer, what="camera_rates", count=len(rows))
    columns = [
        Column(_("权属单位"), lambda r: r.name, 26),
        Column(_("摄像机数"), lambda r: r.cameras, 12),
        Column(_("资料完整率"), lambda r: r.complete.percent, 12),
        Column(_("上图率"), lambda r: r.mapped.percent, 12),
        Column(_("建档率"), lambda r: r.filed.percent, 12),
    ]
    return xlsx_response(f"{_('摄像机建档')}-{clock.today():%Y%m%d}", columns, rows)


def _chart(code: str, title: str, counts: list[tuple[str, int]]) -> dict[str, Any]:
    names, numbers = [name for name, _n in counts], [n for _name, n in counts]
    option = {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "series": [{"type": "bar", "data": numbers, "name": str(_("摄像机数")), "barMaxWidth": 22}],
    }
    columns = [
        {"key": "name", "label": _("名称")},
        {"key": "n", "label": _("摄像机数"), "is_number": True},
    ]
    rows = [{"name": name, "n": n} for name, n in counts]
    return {"id": code, "title": title, "option": option, "columns": columns, "rows": rows}
