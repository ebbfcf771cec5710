"""The list of work orders and one order."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import paged, take, tell
from apps.matters.selectors import OfferedAction, offered_actions, visible_cases
from apps.ops import permissions, selectors, services
from apps.ops.enums import OrderState
from apps.ops.forms import (
    DEED_FORMS,
    ConfirmForm,
    OrderFilterForm,
    ReassignForm,
    RepairForm,
    deed_form,
    state_of,
)
from apps.ops.models import WorkOrder
from apps.ops.views._common import reader_of, tabs, take_pictures

EXPORT_MOST = 20_000
FAILURES_SHOWN = 10
#: What the list can show; the viewer chooses among them.
COLUMNS = [
    {"key": "order", "label": gettext_lazy("工单"), "is_fixed": True},
    {"key": "state", "label": gettext_lazy("状态")},
    {"key": "level", "label": gettext_lazy("等级")},
    {"key": "respond", "label": gettext_lazy("响应")},
    {"key": "restore", "label": gettext_lazy("修复")},
    {"key": "vendor", "label": gettext_lazy("维保单位")},
    {"key": "area", "label": gettext_lazy("区域")},
    {"key": "source", "label": gettext_lazy("来源")},
    {"key": "reported", "label": gettext_lazy("上报时间")},
]


@login_required
@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    """The orders in the viewer's reach by state, with both clocks of each."""
    viewer = reader_of(request)
    filters = OrderFilterForm(request.GET, viewer=viewer)
    state = state_of(request.GET.get("state", ""))
    found = selectors.narrowed(viewer, **filters.wanted())
    counts = selectors.count_states(found)
    query = request.GET.copy()
    query.pop("page", None)
    context = paged(request, found.filter(case__state=state) if state else found) | {
        "filters": filters,
        "columns": COLUMNS,
        "query": query.urlencode(),
        "export_url": f"{reverse('ops:order-export')}?{query.urlencode()}",
        "states": _state_tabs(query, counts, state),
        "tabs": tabs(viewer, "order-list"),
        "may_report": permissions.can_report(viewer),
        "may_confirm": viewer.has_perm(permissions.CONFIRM),
    }
    dials = selectors.dials_of(context["rows"])
    context["rows"] = [(order, dials.get(order.pk, {})) for order in context["rows"]]
    return render(request, "ops/order_list.html", context)


def _state_tabs(query: Any, counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    def link(state: str) -> str:
        asked = query.copy()
        asked["state"] = state
        return f"?{asked.urlencode()}"

    every = {"label": _("全部"), "url": link(""), "current": not current}
    return [
        every | {"count": sum(counts.values())},
        *(
            {
                "label": state.label, "url": link(state.value), "current": state == current,
                "count": counts.get(state.value, 0),
            }
            for state in OrderState
        ),
    ]  # fmt: skip


@login_required
@require_POST
def order_bulk(request: HttpRequest) -> HttpResponse:
    """Confirms the chosen orders as the rule proposes; says of each what did not work."""
    viewer = reader_of(request)
    texts = request.POST.getlist("orders")
    if not all(text.isascii() and text.isdecimal() and len(text) < 16 for text in texts):
        raise InvalidInput(_("所选工单无效"), field="orders")
    back = f"{reverse('ops:order-list')}?{request.POST.get('back', '')}"
    try:
        outcomes = services.confirm_many(viewer, order_ids=[int(text) for text in texts])
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect(back)
    failed = [outcome for outcome in outcomes if outcome.error]
    if done := len(outcomes) - len(failed):
        messages.success(request, ngettext("已确认%(n)s张", "已确认%(n)s张", done) % {"n": done})
    for outcome in failed[:FAILURES_SHOWN]:
        messages.error(request, f"{outcome.order.case.number}：{outcome.error}")
    return redirect(back)


@login_required
@require_GET
def order_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited (OP-12)."""
    viewer = reader_of(request)
    wanted = OrderFilterForm(request.GET, viewer=viewer).wanted()
    state = state_of(request.GET.get("state", ""))
    found = selectors.narrowed(viewer, **wanted, state=state)[:EXPORT_MOST]
    audit.record(
        viewer, "work_orders.exported", object_type="ops.order",
        data={"filters": {k: v for k, v in request.GET.items() if v}, "count": len(found)},
    )  # fmt: skip
    return xlsx_response(f"{_('运维工单')}-{clock.today():%Y%m%d}", _columns(), found)


def _columns() -> list[Column]:
    def late(value: bool | None) -> str:
        return "" if value is None else (_("超时") if value else _("按时"))

    return [
        Column(_("工单号"), lambda o: o.case.number, 20),
        Column(_("异常设备名称"), lambda o: o.about, 28),
        Column(_("设备编码"), lambda o: o.asset.code if o.asset else "", 20),
        Column(_("故障类型"), lambda o: o.fault_kind.name, 16),
        Column(_("故障等级"), lambda o: str(o.level), 14),
        Column(_("状态"), lambda o: OrderState(o.case.state).label, 12),
        Column(_("异常来源"), lambda o: o.get_source_display(), 12),
        Column(_("所属区域"), lambda o: o.case.area.name, 16),
        Column(_("维保层级"), lambda o: o.get_tier_display(), 12),
        Column(_("维保单位"), lambda o: o.vendor.name if o.vendor else "", 24),
        Column(_("合同号"), lambda o: o.contract.number if o.contract else "", 16),
        Column(_("故障原因"), lambda o: o.get_cause_display(), 10),
        Column(_("计划内"), lambda o: _("是") if o.is_planned else _("否"), 8),
        Column(_("上报人"), lambda o: o.reporter.display_name if o.reporter else "", 12),
        Column(_("上报时间"), lambda o: o.reported_at, 20),
        Column(_("确认时间"), lambda o: o.confirmed_at, 20),
        Column(_("响应时间"), lambda o: o.responded_at, 20),
        Column(_("恢复时间"), lambda o: o.restored_at, 20),
        Column(_("办结时间"), lambda o: o.closed_at, 20),
        Column(_("响应"), lambda o: late(o.respond_late), 8),
        Column(_("修复"), lambda o: late(o.restore_late), 8),
        Column(_("挂起分钟"), lambda o: o.suspended_s // 60, 10),
        Column(_("延期次数"), lambda o: o.extended, 10),
        Column(_("反馈驳回次数"), lambda o: o.rejected, 12),
    ]


@login_required
@require_GET
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: what is wrong, both clocks, what is to be done, what was done."""
    viewer = reader_of(request)
    order = selectors.get_order(viewer, pk)
    return _page(request, viewer, order)


def _page(
    request: HttpRequest, viewer: User, order: WorkOrder, *, bound: forms.Form | None = None,
    code: str = "",
) -> HttpResponse:  # fmt: skip
    offered = {action.code: action for action in offered_actions(viewer, order.case)}
    manages = permissions.manages(viewer, order)
    context = {
        "order": order,
        "clocks": selectors.explain_clocks(order),
        "events": [_told(event) for event in selectors.timeline_of(order)],
        "repairs": [(r, services.cost_of(r)) for r in selectors.repairs_of(order)],
        "attachments": [a for a in selectors.report_photos(order) if a.purpose != "after"],
        "alarms": selectors.alarms_of(viewer, order),
        "sees_case": visible_cases(viewer).filter(pk=order.case_id).exists(),
        "requests": list(order.case.requests.select_related("unit").order_by("-pk")),
        "deeds": _deeds(order, offered, bound, code),
        "confirm": _bound_or(code == "confirm", bound, ConfirmForm, viewer, order)
        if "dispatch" in offered
        else None,
        "reassign": _bound_or(code == "reassign", bound, ReassignForm, viewer, order)
        if manages and "reassign" in offered and "dispatch" not in offered
        else None,
        "may_repair": permissions.repairs(viewer, order)
        and order.case.state in {OrderState.SENT, OrderState.HANDLING},
        "may_prove": (manages or permissions.repairs(viewer, order))
        and bool(order.fault_kind.proof)
        and order.case.state == OrderState.ANSWERED,
        "bound": bound,
        "point": f"{order.case.point.x},{order.case.point.y}" if order.case.point else "",
    }
    return render(request, "ops/order_detail.html", context, status=422 if bound else 200)


def _bound_or(
    is_this: bool, bound: forms.Form | None, kind: Any, viewer: User, order: WorkOrder
) -> Any:
    return bound if is_this and bound is not None else kind(viewer=viewer, order=order)


def _deeds(
    order: WorkOrder, offered: dict[str, OfferedAction], bound: forms.Form | None, code: str
) -> list[dict[str, Any]]:
    """The plain deeds offered now, the one that was refused with its errors and unfolded."""
    return [
        {
            "code": action.code,
            "label": action.label,
            "style": action.style,
            "form": bound if action.code == code and bound else deed_form(action.code, order),
            "is_open": action.code == code,
        }
        for action in offered.values()
        if action.code in DEED_FORMS
    ]


def _told(event: Any) -> dict[str, Any]:
    return {
        "title": event.label,
        "at": event.at,
        "actor": f"{event.actor_name} {event.actor_unit}".strip(),
        "text": event.note or ("" if event.seq == 1 else event.public_text),
        "icon": "point",
    }


def _take(form: forms.Form, deed: Callable[[], object]) -> bool:
    """Does the deed of a form; a refusal is shown in it."""
    return take(form, deed) is not None


@login_required
@require_POST
def order_deed(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One plain deed of the engine on an order."""
    viewer = reader_of(request)
    order = selectors.get_order(viewer, pk)
    if code not in DEED_FORMS:
        raise Http404
    form = deed_form(code, order, request.POST)
    done = form.is_valid() and _take(
        form,
        lambda: services.do(viewer, order_id=pk, action=code, data=form.cleaned_data),
    )
    if done:
        messages.success(request, _("已办理"))
        return redirect("ops:order-detail", pk)
    return _page(request, viewer, selectors.get_order(viewer, pk), bound=form, code=code)


@login_required
@require_POST
def order_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirms a report and sends it to a contract."""
    viewer = reader_of(request)
    order = selectors.get_order(viewer, pk)
    form = ConfirmForm(request.POST, viewer=viewer, order=order)
    done = form.is_valid() and _take(
        form, lambda: services.confirm_order(viewer, order_id=pk, said=form.said())
    )
    if done:
        messages.success(request, _("工单已确认并派出"))
        return redirect("ops:order-detail", pk)
    return _page(request, viewer, selectors.get_order(viewer, pk), bound=form, code="confirm")


@login_required
@require_POST
def order_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives an order to another contract."""
    viewer = reader_of(request)
    order = selectors.get_order(viewer, pk)
    form = ReassignForm(request.POST, viewer=viewer, order=order)
    if form.is_valid():
        said = form.cleaned_data
        if _take(
            form,
            lambda: services.reassign_order(
                viewer, order_id=pk, contract_id=said["contract_id"].pk, level=said["level"],
                reason=said["reason"],
            ),
        ):  # fmt: skip
            messages.success(request, _("工单已改派"))
            return redirect("ops:order-detail", pk)
    return _page(request, viewer, selectors.get_order(viewer, pk), bound=form, code="reassign")


@login_required
@require_http_methods(["GET", "POST"])
def order_repair(request: HttpRequest, pk: int) -> HttpResponse:
    """The repairer's page, made for a phone: what was done, with pictures (工单反馈)."""
    viewer = reader_of(request)
    order = selectors.get_order(viewer, pk)
    permissions.require_repairs(viewer, order)
    is_sent = request.method == "POST"
    form = RepairForm(
        request.POST if is_sent else None, request.FILES if is_sent else None, order=order
    )
    if is_sent and form.is_valid():
        before = take_pictures(form, "before", form.cleaned_data["before"])
        after = take_pictures(form, "after", form.cleaned_data["after"])
        done = form.is_valid() and _take(
            form,
            lambda: services.feed_back(viewer, order_id=pk, said=form.said(before, after)),
        )
        if done:
            messages.success(request, _("已反馈，等待管理员确认"))
            return redirect("ops:order-detail", pk)
    context = {"form": form, "order": order}
    return render(request, "ops/order_repair.html", context, status=422 if is_sent else 200)


@login_required
@require_POST
def order_prove(request: HttpRequest, pk: int) -> HttpResponse:
    """Has a repair proved anew."""
    viewer = reader_of(request)
    tell(
        request,
        lambda: services.prove_again(viewer, order_id=pk),
        done=lambda proof: _("核验结果：%s") % proof.text,
    )
    return redirect("ops:order-detail", pk)


@login_required
@require_GET
def order_file(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A file of the report, for whoever may see the order; small with ?small=1."""
    order = selectors.get_order(reader_of(request), pk)
    for found in selectors.report_photos(order):
        if found.pk == file_id:
            is_small = request.GET.get("small") == "1"
            return file_response(found.file, download_name=found.name, thumbnail=is_small)
    raise Http404


@login_required
@require_GET
def repair_photo(request: HttpRequest, pk: int, photo_id: int) -> HttpResponseBase:
    """A picture of a repair, for whoever may see the order; small with ?small=1."""
    order = selectors.get_order(reader_of(request), pk)
    for repair in selectors.repairs_of(order):
        for photo in repair.photos.all():
            if photo.pk == photo_id:
                is_small = request.GET.get("small") == "1"
                name = f"{order.case.number}-{photo.phase}"
                return file_response(photo.file, download_name=name, thumbnail=is_small)
    raise Http404
