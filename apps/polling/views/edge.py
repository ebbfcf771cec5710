"""Edge nodes: search, one of them, what is behind it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import Refused
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.polling import permissions, selectors, services
from apps.polling.forms import EdgeFilterForm, EdgeForm
from apps.polling.views._common import reader_of, show_edit
from apps.sensing.selectors import list_devices


@login_required
@require_GET
def edge_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the edge nodes."""
    viewer = reader_of(request)
    form = EdgeFilterForm(request.GET)
    context = paged(request, selectors.list_edges(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "polling/edge_list.html", context)


@login_required
@require_GET
def edge_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_edges(viewer, **EdgeFilterForm(request.GET).wanted())
    audit.record(viewer, "edge_nodes.exported", data={"count": rows.count()})
    columns = [
        Column(_("代码"), lambda e: e.code, 16),
        Column(_("名称"), lambda e: e.name, 24),
        Column(_("责任单位"), lambda e: e.unit.name, 24),
        Column(_("所在区域"), lambda e: e.area.name, 16),
        Column(_("设备数"), lambda e: e.behind, 10),
        Column(_("积压读数"), lambda e: e.backlog, 12),
        Column(_("最近消息"), lambda e: e.heard_at, 20),
        Column(_("软件版本"), lambda e: e.version, 16),
        Column(_("处理器占用（%）"), lambda e: e.cpu_percent, 14),
        Column(_("内存占用（%）"), lambda e: e.memory_percent, 14),
        Column(_("磁盘占用（%）"), lambda e: e.disk_percent, 14),
        Column(_("温度（℃）"), lambda e: e.temperature_c, 12),
        Column(_("失联"), lambda e: _("是") if e.is_silent else _("否"), 8),
    ]
    return xlsx_response(f"{_('边缘节点')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def edge_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One edge node to write; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    edge = selectors.get_edge(viewer, pk=pk) if pk is not None else None
    form = EdgeForm(request.POST or None, viewer=viewer, edge=edge)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_edge(viewer, spec=spec, edge_id=pk))
        if saved is not None:
            messages.success(request, _("已保存边缘节点“%(name)s”") % {"name": saved.name})
            return redirect("polling:edge-detail", pk=saved.pk)
    words = {"kind": "edge", "kinds": _("边缘节点"), "new": _("登记边缘节点")}
    return show_edit(request, form, thing=edge, **words)


@login_required
@require_GET
def edge_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One edge node: how it is, what is behind it, what it delivered."""
    viewer = reader_of(request)
    edge = selectors.get_edge(viewer, pk=pk)
    context = paged(request, selectors.behind(edge)) | {
        "edge": edge,
        "batches": selectors.batches_of(edge)[:10],
        "installs": selectors.installs_on(edge),
        "changes": selectors.changes_of(edge)[:10],
        "may_keep": permissions.can_keep_in(viewer, edge.area),
    }
    return render(request, "polling/edge_detail.html", context)


@login_required
@require_POST
def edge_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or back."""
    viewer = reader_of(request)
    selectors.get_edge(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_edge_active(viewer, edge_id=pk, is_active=is_active),
        done=_("边缘节点已启用") if is_active else _("边缘节点已停用，其上报不再接收"),
    )
    return redirect("polling:edge-detail", pk=pk)


@login_required
@require_POST
def edge_device(request: HttpRequest, pk: int) -> HttpResponse:
    """A device put behind a node, or taken away."""
    viewer = reader_of(request)
    selectors.get_edge(viewer, pk=pk)
    node = request.POST.get("node", "").strip()[:64]
    is_behind = "away" not in request.POST

    def put() -> None:
        device = list_devices(viewer).filter(node=node).first()
        if device is None:
            raise Refused(_("没有节点编号为“%(node)s”的设备") % {"node": node})
        services.set_behind(viewer, edge_id=pk, device=device, is_behind=is_behind)

    tell(request, put, done=_("已加入") if is_behind else _("已移出"))
    return redirect("polling:edge-detail", pk=pk)
