"""Gateways, the devices asked through them, and one device asked by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.polling import permissions, selectors, services
from apps.polling.forms import GatewayFilterForm, GatewayForm, PollForm
from apps.polling.models import Gateway
from apps.polling.views._common import reader_of, show_edit
from apps.polling.views.showing import shown_tried


@login_required
@require_GET
def gateway_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the gateways."""
    viewer = reader_of(request)
    form = GatewayFilterForm(request.GET)
    context = paged(request, selectors.list_gateways(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "polling/gateway_list.html", context)


@login_required
@require_GET
def gateway_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_gateways(viewer, **GatewayFilterForm(request.GET).wanted())
    audit.record(viewer, "poll_gateways.exported", data={"count": rows.count()})
    columns = [
        Column(_("名称"), lambda g: g.name, 24),
        Column(_("协议"), lambda g: g.get_protocol_display(), 14),
        Column(_("地址"), lambda g: f"{g.host}:{g.port}", 24),
        Column(_("责任单位"), lambda g: g.unit.name, 24),
        Column(_("所在区域"), lambda g: g.area.name, 16),
        Column(_("设备数"), lambda g: g.devices, 10),
        Column(_("漏采次数"), lambda g: g.missed, 10),
        Column(_("最近应答"), lambda g: g.answered_at, 20),
        Column(_("最近错误"), lambda g: g.last_error, 40),
        Column(_("启用"), lambda g: _("是") if g.is_active else _("否"), 8),
    ]
    return xlsx_response(f"{_('采集网关')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def gateway_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One gateway to write; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    gateway = selectors.get_gateway(viewer, pk=pk) if pk is not None else None
    form = GatewayForm(request.POST or None, viewer=viewer, gateway=gateway)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_gateway(viewer, spec=spec, gateway_id=pk))
        if saved is not None:
            messages.success(request, _("已保存采集网关“%(name)s”") % {"name": saved.name})
            return redirect("polling:gateway-detail", pk=saved.pk)
    words = {"kind": "gateway", "kinds": _("采集网关"), "new": _("登记网关")}
    return show_edit(request, form, thing=gateway, **words)


@login_required
@require_GET
def gateway_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One gateway: how it answers, and who is asked through it."""
    viewer = reader_of(request)
    gateway = selectors.get_gateway(viewer, pk=pk)
    context = paged(request, selectors.polls_of(gateway)) | {
        "gateway": gateway,
        "may_keep": permissions.can_keep_gateway(viewer, gateway),
        "now": clock.now(),
        "changes": selectors.changes_of(gateway)[:10],
    }
    return render(request, "polling/gateway_detail.html", context)


@login_required
@require_POST
def gateway_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or back."""
    viewer = reader_of(request)
    selectors.get_gateway(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_gateway_active(viewer, gateway_id=pk, is_active=is_active),
        done=_("已启用，开始轮询") if is_active else _("已停用，不再轮询"),
    )
    return redirect("polling:gateway-detail", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def poll_edit(request: HttpRequest, pk: int, poll_id: int | None = None) -> HttpResponse:
    """A device asked through a gateway, new or changed."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    gateway = selectors.get_gateway(viewer, pk=pk)
    poll = selectors.find_poll(gateway, pk=poll_id) if poll_id is not None else None
    if poll_id is not None and poll is None:
        raise NotFound(_("没有这个轮询任务"))
    form = PollForm(request.POST or None, viewer=viewer, gateway=gateway, poll=poll)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        if take(
            form,
            lambda: services.save_poll(viewer, gateway_id=pk, spec=spec, poll_id=poll_id),
        ):
            messages.success(request, _("已保存，请用“试读”核对读数"))
            return redirect("polling:gateway-detail", pk=pk)
    context = {"form": form, "gateway": gateway, "poll": poll}
    status = 422 if form.errors else 200
    return render(request, "polling/poll_edit.html", context, status=status)


@login_required
@require_POST
def poll_drop(request: HttpRequest, pk: int, poll_id: int) -> HttpResponse:
    """A device that is asked no more."""
    viewer = reader_of(request)
    selectors.get_gateway(viewer, pk=pk)
    tell(
        request,
        lambda: services.drop_poll(viewer, gateway_id=pk, poll_id=poll_id),
        done=_("已取消轮询"),
    )
    return redirect("polling:gateway-detail", pk=pk)


@login_required
@require_POST
def poll_try(request: HttpRequest, pk: int, poll_id: int) -> HttpResponse:
    """One device asked now; what came is shown and not kept."""
    viewer = reader_of(request)
    gateway = selectors.get_gateway(viewer, pk=pk)
    found: list[services.Tried] = []
    if not tell(
        request,
        lambda: found.append(services.try_poll(viewer, gateway_id=pk, poll_id=poll_id)),
        done=_("试读完成，读数未保存"),
    ):
        return redirect("polling:gateway-detail", pk=pk)
    return _show_tried(request, gateway, poll_id, found[0])


def _show_tried(
    request: HttpRequest, gateway: Gateway, poll_id: int, tried: services.Tried
) -> HttpResponse:
    poll = selectors.find_poll(gateway, pk=poll_id)
    fields = {one.code: one for one in poll.device.profile.fields.all()} if poll else {}
    context = {
        "gateway": gateway,
        "poll": poll,
        "error": tried.error,
        "lines": shown_tried(tried, fields),
    }
    return render(request, "polling/poll_tried.html", context)
