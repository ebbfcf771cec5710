"""Devices: search, one of them, its keys, and files in and out."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.assets import own_fields
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.imports import Report, error_sheet, read_rows
from apps.common.pages import paged, take, tell
from apps.mqtt.selectors import access_of
from apps.sensing import permissions, selectors, services
from apps.sensing.enums import Flaw, Quality
from apps.sensing.forms import DeviceFilterForm, DeviceForm, FileForm, RefusalFilterForm
from apps.sensing.models import Device
from apps.sensing.registry import links_of
from apps.sensing.views._common import reader_of
from apps.sensing.views.showing import SPANS, said, shown_curve, shown_values


@login_required
@require_GET
def device_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the devices."""
    viewer = reader_of(request)
    form = DeviceFilterForm(request.GET, viewer=viewer)
    wanted = form.wanted()
    counted = selectors.count_by_state(selectors.list_devices(viewer, **wanted | {"state": ""}))
    context = paged(request, selectors.list_devices(viewer, **wanted)) | {
        "form": form,
        "counts": [(state, state.label, count) for state, count in counted.items()],
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "sensing/device_list.html", context)


@login_required
@require_GET
def device_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_devices(viewer, **DeviceFilterForm(request.GET, viewer=viewer).wanted())
    rows = rows.select_related("asset__owner_unit", "asset__maintainer")
    services.note_export(viewer, count=rows.count())
    columns = [
        Column("节点编号", lambda d: d.node, 20),
        Column("型号代码", lambda d: d.profile.code, 14),
        Column(_("设备型号"), lambda d: d.profile.name, 18),
        Column("部件编码", lambda d: d.asset.code, 20),
        Column("名称", lambda d: d.asset.name, 24),
        Column("经度", lambda d: round(d.asset.point.x, 7), 14),
        Column("纬度", lambda d: round(d.asset.point.y, 7), 14),
        Column(_("所在区域"), lambda d: d.asset.area.name if d.asset.area else "", 20),
        Column("权属单位代码", lambda d: getattr(d.asset.owner_unit, "code", ""), 18),
        Column("养护单位代码", lambda d: getattr(d.asset.maintainer, "code", ""), 18),
        Column("生产厂家", lambda d: d.asset.maker, 18),
        Column("规格型号", lambda d: d.asset.model, 14),
        Column("维保单位", lambda d: d.asset.vendor, 18),
        Column("维保合同号", lambda d: d.asset.contract, 16),
        Column("安装日期", lambda d: d.asset.installed_on, 14),
        Column("到期日期", lambda d: d.asset.expires_on, 14),
        Column(_("状态"), lambda d: d.presence.get_state_display(), 10),
        Column(_("最近上报"), lambda d: d.presence.seen_at, 20),
    ]
    name = f"{_('感知设备')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(chunk_size=2000))


@login_required
@require_http_methods(["GET", "POST"])
def device_import(request: HttpRequest) -> HttpResponseBase:
    """Takes a file over; answers a sheet that says what to mend where."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    form = FileForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        report = take(
            form,
            lambda: services.import_devices(
                viewer,
                parsed=read_rows(given["file"], services.columns()),
                partial=given["partial"],
            ),
        )
        if report and report.errors and "sheet" in request.POST:
            return error_sheet(report.errors)
        if report and not report.errors:
            messages.success(request, _("已导入 %(n)d 台设备") % {"n": report.saved})
            return redirect("sensing:device-list")
    context = {"form": form, "report": report, "columns": services.columns()}
    status = 422 if form.errors or (report and report.errors) else 200
    return render(request, "sensing/device_import.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def device_register(request: HttpRequest) -> HttpResponse:
    """Enter a device beside an asset."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    form = DeviceForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        new = services.NewDevice(**form.cleaned_data)
        device = take(form, lambda: services.register_device(viewer, new=new))
        if device is not None:
            messages.success(request, _("已登记，请签发凭据后配置到设备"))
            return redirect("sensing:device-detail", pk=device.pk)
    status = 422 if form.errors else 200
    return render(request, "sensing/device_register.html", {"form": form}, status=status)


@login_required
@require_GET
def device_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One device: how it is, what it reports, how it was."""
    viewer = reader_of(request)
    device = selectors.get_device(viewer, pk=pk)
    return render(request, "sensing/device_detail.html", _told(request, device))


@login_required
@require_GET
def reading_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every reading of a span, as a sheet."""
    viewer = reader_of(request)
    device = selectors.get_device(viewer, pk=pk)
    span, since = _span_of(request)
    fields = {field.code: field for field in device.profile.fields.all()}
    services.note_readings_export(viewer, device=device, span=span)
    columns = [
        Column(_("时间"), lambda r: r[0], 20),
        Column(_("字段"), lambda r: fields[r[1]].name, 16),
        Column(_("数值"), lambda r: said(fields[r[1]], r[2], r[3]) if r[2] is None else r[2], 14),
        Column(_("单位"), lambda r: fields[r[1]].unit, 10),
        Column(_("质量"), lambda r: Quality(r[4]).label, 10),
        Column(_("可疑原因"), lambda r: Flaw(r[5]).label if r[5] else "", 18),
    ]
    rows = selectors.rows_of(device, since=since, until=clock.now())
    return xlsx_response(f"{device.node}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_GET
def refusal_list(request: HttpRequest) -> HttpResponse:
    """What was sent and not taken, per day, reason and node."""
    viewer = reader_of(request)
    form = RefusalFilterForm(request.GET)
    found = paged(request, selectors.list_refusals(viewer, **form.wanted()))
    return render(request, "sensing/refusal_list.html", found | {"form": form})


@never_cache
@login_required
@require_POST
def key_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new key, shown this once."""
    viewer = reader_of(request)
    device = selectors.get_device(viewer, pk=pk)
    key = services.rotate_key(viewer, device_id=pk)
    context = {"device": device, "key": key} | access_of(device.node, key=key.partition(".")[0])
    return render(request, "sensing/key_issued.html", context)


@login_required
@require_POST
def key_end(request: HttpRequest, pk: int, key_id: int) -> HttpResponse:
    """A key ended at once."""
    viewer = reader_of(request)
    selectors.get_device(viewer, pk=pk)
    tell(
        request,
        lambda: services.end_key(viewer, device_id=pk, key_id=key_id),
        done=_("凭据已停用"),
    )
    return redirect("sensing:device-detail", pk=pk)


@login_required
@require_POST
def device_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or back."""
    viewer = reader_of(request)
    selectors.get_device(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_device_active(viewer, device_id=pk, is_active=is_active),
        done=_("设备已启用") if is_active else _("设备已停用，其上报不再接收"),
    )
    return redirect("sensing:device-detail", pk=pk)


def _told(request: HttpRequest, device: Device) -> dict[str, object]:
    viewer = reader_of(request)
    may_keep = permissions.can_keep_in(viewer, device.asset.area)
    now = clock.now()
    span, since = _span_of(request)
    curves = selectors.curves_of(device, since=since, until=now)
    return {
        "device": device,
        "point": f"{device.asset.point.x:.7f},{device.asset.point.y:.7f}",
        "values": shown_values(device, list(selectors.latest_of(device)), now),
        "spans": [
            {"label": label, "url": f"?span={code}", "current": code == span}
            for code, (label, _length) in SPANS.items()
        ],
        "span": span,
        "curves": [shown_curve(curve) for curve in curves],
        "refusals": selectors.refusals_of(device)[:10],
        "changes": device.changes.all()[:20],
        "may_keep": may_keep,
        "keys": device.keys.all()[:10] if may_keep else [],
        "now": now,
        "links": links_of(viewer, device),
        "own": own_fields.said(device.asset.kind, device.asset.details).values(),
    }


def _span_of(request: HttpRequest) -> tuple[str, datetime]:
    """The span asked for, and when it begins; nonsense means a day."""
    asked = request.GET.get("span", "")
    span = asked if asked in SPANS else "day"
    return span, clock.now() - SPANS[span][1]
