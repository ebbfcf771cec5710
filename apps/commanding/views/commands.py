"""Commands: give one, look at one, the history, a sheet of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals.selectors import find_pending
from apps.accounts.models import User
from apps.commanding import permissions, selectors, services
from apps.commanding.enums import CommandState
from apps.commanding.forms import CommandFilterForm, ReasonForm
from apps.commanding.models import Command, CommandKind
from apps.commanding.views._common import reader_of
from apps.common import clock, forms_data
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.common.phrases import series
from apps.sensing.models import Device
from apps.sensing.selectors import get_device

LEVELS = {
    CommandState.WAITING: ("soon", "clock"),
    CommandState.QUEUED: ("action", "clock"),
    CommandState.SENT: ("action", "send"),
    CommandState.ACKNOWLEDGED: ("done", "circle-check"),
    CommandState.FAILED: ("over", "alert-triangle"),
    CommandState.TIMED_OUT: ("over", "clock"),
    CommandState.CANCELLED: ("", "ban"),
}
PREFIX = "p"


@login_required
@require_GET
def command_list(request: HttpRequest) -> HttpResponse:
    """The history of commands to devices the viewer sees."""
    viewer = reader_of(request)
    form = CommandFilterForm(request.GET)
    context = paged(request, selectors.list_commands(viewer, **form.wanted()))
    context["rows"] = [_shown(command) for command in context["rows"]]
    context |= {"form": form, "may_keep": permissions.can_keep_kinds(viewer)}
    return render(request, "commanding/command_list.html", context)


@login_required
@require_GET
def command_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_commands(viewer, **CommandFilterForm(request.GET).wanted())
    services.note_export(viewer, count=rows.count())
    columns = [
        Column(_("编号"), lambda c: c.pk, 10),
        Column(_("节点编号"), lambda c: c.device.node, 20),
        Column(_("名称"), lambda c: c.device.asset.name, 24),
        Column(_("命令"), lambda c: c.kind.name, 16),
        Column(_("参数"), _parameters, 24),
        Column(_("状态"), lambda c: c.get_state_display(), 12),
        Column(_("结果"), lambda c: c.outcome, 30),
        Column(_("事由"), lambda c: c.reason, 30),
        Column(_("下达人"), lambda c: c.sender.display_name, 14),
        Column(_("下达时间"), lambda c: c.filed_at, 20),
        Column(_("下发时间"), lambda c: c.sent_at, 20),
        Column(_("下发次数"), lambda c: c.tries, 10),
        Column(_("结束时间"), lambda c: c.ended_at, 20),
    ]
    name = f"{_('设备命令')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(chunk_size=2000))


@login_required
@require_GET
def command_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One command: what was asked, by whom, how far it has come."""
    viewer = reader_of(request)
    command = selectors.get_command(viewer, pk=pk)
    held = None
    if command.state == CommandState.WAITING:
        held = find_pending(act=services.ACT, subject_id=command.pk)
    may_cancel = permissions.can_send(viewer, command.device, command.kind) and (
        command.state == CommandState.QUEUED or (held is not None and held.maker_id == viewer.pk)
    )
    context = {
        "shown": _shown(command),
        "command": command,
        "parameters": forms_data.show(command.definition, command.parameters),
        "held": held,
        "may_cancel": may_cancel,
    }
    return render(request, "commanding/command_detail.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def command_new(request: HttpRequest, device_id: int) -> HttpResponse:
    """Gives a command: first which, then its parameters and why."""
    viewer = reader_of(request)
    device = get_device(viewer, pk=device_id)
    kinds = selectors.kinds_for(viewer, device)
    kind = _chosen(request, kinds)
    if kind is None:
        if request.method == "POST":
            raise Http404
        return _page(request, {"device": device, "kinds": kinds})
    data = request.POST or None
    asked = forms_data.build_form(kind.parameters)(data, prefix=PREFIX)
    why = ReasonForm(data, initial={"key": get_random_string(32)})
    if request.method == "POST" and all([asked.is_valid(), why.is_valid()]):
        command = _send(viewer, device, kind, asked, why)
        if command is not None:
            messages.success(request, _said(command))
            return redirect("commanding:command-detail", command.pk)
    context = {"device": device, "kinds": kinds, "kind": kind, "asked": asked, "why": why}
    return _page(request, context, 422 if request.method == "POST" else 200)


@login_required
@require_POST
def command_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a command back that no device has yet."""
    viewer = reader_of(request)
    selectors.get_command(viewer, pk=pk)
    tell(
        request,
        lambda: services.cancel_command(viewer, number=pk),
        done=_("命令已取消"),
    )
    return redirect("commanding:command-detail", pk)


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "commanding/command_new.html", context, status=status)


def _chosen(request: HttpRequest, kinds: list[CommandKind]) -> CommandKind | None:
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    if not asked and len(kinds) == 1 and request.method == "GET":
        return kinds[0]
    return next((kind for kind in kinds if kind.code == asked), None)


def _send(
    viewer: User,
    device: Device,
    kind: CommandKind,
    asked: forms_data.DataForm,
    why: ReasonForm,
) -> Command | None:
    return take(
        why,
        lambda: services.send_command(
            viewer,
            device_id=device.pk,
            code=kind.code,
            parameters=asked.plain_data(),
            reason=why.cleaned_data["reason"],
            key=why.cleaned_data["key"],
        ),
    )


def _said(command: Command) -> str:
    if command.state == CommandState.WAITING:
        return _("已提交，由另一人复核后下发")
    return _("命令已排队，设备在线即下发")


def _shown(command: Command) -> dict[str, Any]:
    level, symbol = LEVELS[CommandState(command.state)]
    return {
        "command": command,
        "level": level,
        "symbol": symbol,
        "parameters": _parameters(command),
    }


def _parameters(command: Command) -> str:
    values = forms_data.show(command.definition, command.parameters)
    return series(f"{value.label} {value.text}" for value in values)
