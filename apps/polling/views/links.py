"""Every link to gateways and edge nodes: how it stands, and what hangs on it. Source: IO-08."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.mqtt.selectors import read_link
from apps.polling import selectors
from apps.polling.forms import LinkFilterForm
from apps.polling.views._common import reader_of


@login_required
@require_GET
def link_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the links; those of the page as a picture with their devices."""
    viewer = reader_of(request)
    form = LinkFilterForm(request.GET)
    found = selectors.list_links(viewer, **form.wanted())
    context = paged(request, found)
    selectors.with_devices(context["rows"])
    context |= {
        "form": form,
        "counts": selectors.count_standings(found),
        "broker": read_link(),
        "direct": selectors.count_direct(viewer),
    }
    return render(request, "polling/link_list.html", context)


@login_required
@require_GET
def link_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.with_devices(
        selectors.list_links(viewer, **LinkFilterForm(request.GET).wanted())
    )
    audit.record(viewer, "links.exported", data={"count": len(rows)})
    columns = [
        Column(_("链路"), lambda r: r.kind.label, 14),
        Column(_("名称"), lambda r: r.row.name, 24),
        Column(_("状态"), lambda r: r.standing.label, 12),
        Column(_("自"), lambda r: r.row.linked_since, 20),
        Column(_("最近通信"), lambda r: r.heard_at, 20),
        Column(_("设备数"), lambda r: r.devices, 10),
        Column(_("在线设备"), lambda r: r.by_state.get("online", 0), 10),
        Column(_("通信次数"), lambda r: r.row.calls, 12),
        Column(_("读数个数"), lambda r: r.row.values, 12),
        Column(_("出错次数"), lambda r: r.row.errors, 12),
        Column(_("中断次数"), lambda r: r.row.breaks, 10),
        Column(_("最近错误"), lambda r: r.error, 40),
        Column(_("责任单位"), lambda r: r.row.unit.name, 24),
    ]
    return xlsx_response(f"{_('设备链路')}-{clock.today():%Y%m%d}", columns, rows)
