"""What is watched: the list, one thing's life, what is asked of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.alarms.registry import kind_label
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.monitoring import permissions, selectors, services
from apps.monitoring.forms import CheckForm, MeasureForm, TargetFilterForm, TargetForm
from apps.monitoring.models import Check, Measure
from apps.monitoring.registry import Trouble, fault_report_url, panels_of
from apps.monitoring.views._common import reader_of, tabs
from apps.monitoring.wording import figure

EVENTS_SHOWN = 10


@login_required
@require_GET
def target_list(request: HttpRequest) -> HttpResponse:
    """Search and filter what is watched."""
    viewer = reader_of(request)
    form = TargetFilterForm(request.GET)
    context = paged(request, selectors.list_targets(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("target-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "monitoring/target_list.html", context)


@login_required
@require_GET
def target_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_targets(viewer, **TargetFilterForm(request.GET).wanted())
    audit.record(viewer, "watch_targets.exported", data={"count": rows.count()})
    columns = [
        Column(_("名称"), lambda t: t.asset.name, 24),
        Column(_("编码"), lambda t: t.asset.code, 20),
        Column(_("类别"), lambda t: t.get_kind_display(), 12),
        Column(_("地址"), lambda t: t.host, 18),
        Column(_("区域"), lambda t: t.asset.area.name if t.asset.area else "", 16),
        Column(_("状态"), lambda t: t.get_state_display() if t.is_active else _("停用"), 10),
        Column(_("状态起始时间"), lambda t: t.state_since, 20),
        Column(_("最近应答"), lambda t: t.answered_at, 20),
        Column(_("时钟偏差（秒）"), lambda t: t.skew_s, 14),
    ]
    return xlsx_response(f"{_('监控对象')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def target_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One target to write; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    target = selectors.get_target(viewer, pk=pk) if pk is not None else None
    form = TargetForm(request.POST or None, viewer=viewer, target=target)
    if request.method == "POST" and form.is_valid():
        saved = take(form, lambda: services.save_target(viewer, **form.cleaned_data))
        if saved is not None:
            messages.success(request, _("已保存监控对象“%(name)s”") % {"name": saved.asset.name})
            return redirect("monitoring:target-detail", pk=saved.pk)
    context = {"form": form, "target": target, "title": _("登记监控对象")}
    return render(request, "monitoring/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def target_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing's life: checks and figures, outages, alarms, what others know of it."""
    viewer = reader_of(request)
    target = selectors.get_target(viewer, pk=pk)
    checks = target.checks.prefetch_related("measures")
    measures = [measure for check in checks for measure in check.measures.all()]
    wanted = request.GET.get("measure", "")
    chosen = next((m for m in measures if str(m.pk) == wanted), measures[0] if measures else None)
    context: dict[str, Any] = {
        "target": target,
        "checks": [
            (check, [_shown(m) for m in check.measures.all()], _parts(check)) for check in checks
        ],
        "events": selectors.list_events(target)[:EVENTS_SHOWN],
        "measures": measures,
        "chosen": chosen,
        "chart": _chart(chosen) if chosen is not None else None,
        "outages": selectors.list_outages(viewer, asset=target.asset)[:20],
        "alarms": selectors.alarms_about(viewer, target.asset),
        "panels": panels_of(viewer, target.asset),
        "report_url": fault_report_url(viewer, Trouble(target.asset)),
        "may_keep": permissions.can_keep_asset(viewer, target.asset),
    }
    return render(request, "monitoring/target_detail.html", context)


@login_required
@require_POST
def target_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Watched no more, or again."""
    viewer = reader_of(request)
    selectors.get_target(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_target_active(viewer, target_id=pk, is_active=is_active),
        done=_("已启用监控") if is_active else _("已停用监控，状态不明"),
    )
    return redirect("monitoring:target-detail", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def check_edit(request: HttpRequest, pk: int, check_id: int | None = None) -> HttpResponse:
    """One check to write; a new one without a number in the address."""
    viewer = reader_of(request)
    target = selectors.get_target(viewer, pk=pk)
    permissions.require_keep_asset(viewer, target.asset)
    check = get_object_or_404(target.checks, pk=check_id) if check_id is not None else None
    form = CheckForm(request.POST or None, check=check)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(
            form,
            lambda: services.save_check(viewer, target_id=pk, spec=spec, check_id=check_id),
        )
        if saved is not None:
            messages.success(request, _("已保存检查项“%(name)s”") % {"name": saved.name})
            return redirect("monitoring:target-detail", pk=pk)
    context = {"form": form, "target": target, "title": _("检查项")}
    return render(request, "monitoring/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def check_drop(request: HttpRequest, pk: int, check_id: int) -> HttpResponse:
    """Asks this no more."""
    viewer = reader_of(request)
    selectors.get_target(viewer, pk=pk)
    tell(
        request,
        lambda: services.drop_check(viewer, target_id=pk, check_id=check_id),
        done=_("已删除检查项"),
    )
    return redirect("monitoring:target-detail", pk=pk)


@login_required
@require_POST
def check_try(request: HttpRequest, pk: int, check_id: int) -> HttpResponse:
    """Asks once now and shows what came; nothing is kept."""
    viewer = reader_of(request)
    target = selectors.get_target(viewer, pk=pk)
    outcome = services.try_check(viewer, target_id=pk, check_id=check_id)
    values = outcome.answer.values if outcome.answer is not None else {}
    missing = outcome.answer.missing if outcome.answer is not None else {}
    context = {
        "target": target,
        "check": target.checks.get(pk=check_id),
        "error": outcome.problem or outcome.hindrance,
        "lines": [(code, figure(value), "") for code, value in values.items()]
        + [(code, "—", why) for code, why in missing.items()],
    }
    return render(request, "monitoring/check_tried.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def measure_edit(
    request: HttpRequest, pk: int, check_id: int, measure_id: int | None = None
) -> HttpResponse:
    """One figure to write; a new one without a number in the address."""
    viewer = reader_of(request)
    target = selectors.get_target(viewer, pk=pk)
    permissions.require_keep_asset(viewer, target.asset)
    check: Check = get_object_or_404(target.checks, pk=check_id)
    known = get_object_or_404(check.measures, pk=measure_id) if measure_id is not None else None
    form = MeasureForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(
            form,
            lambda: services.save_measure(
                viewer, target_id=pk, check_id=check_id, spec=spec, measure_id=measure_id
            ),
        )
        if saved is not None:
            messages.success(request, _("已保存指标“%(name)s”") % {"name": saved.name})
            return redirect("monitoring:target-detail", pk=pk)
    context = {"form": form, "target": target, "title": _("监控指标")}
    return render(request, "monitoring/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def measure_drop(request: HttpRequest, pk: int, measure_id: int) -> HttpResponse:
    """Keeps this figure no more."""
    viewer = reader_of(request)
    selectors.get_target(viewer, pk=pk)
    tell(
        request,
        lambda: services.drop_measure(viewer, target_id=pk, measure_id=measure_id),
        done=_("已删除指标"),
    )
    return redirect("monitoring:target-detail", pk=pk)


def _shown(measure: Measure) -> dict[str, Any]:
    limits = [
        figure(limit, measure.unit)
        for limit in (measure.warn, measure.critical)
        if limit is not None
    ]
    sign = "<" if measure.is_below else ">"
    return {
        "row": measure,
        "value": figure(measure.value, measure.unit) if measure.value is not None else "—",
        "limits": f"{sign} {' / '.join(limits)}" if limits else "—",
    }


def _parts(check: Check) -> list[dict[str, Any]]:
    """Those in trouble first."""
    rows = [row | {"label": kind_label(row["trouble"])} for row in check.parts]
    return sorted(rows, key=lambda row: not row["trouble"])


def _chart(measure: Measure) -> dict[str, Any] | None:
    hours = selectors.hours_of(measure)
    if not hours:
        return None
    names = {"low": _("最低"), "mean": _("平均"), "high": _("最高")}
    times = [f"{timezone.localtime(one.hour):%m-%d %H:00}" for one in hours]
    return {
        "id": f"measure-{measure.pk}",
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": list(names.values())},
            "xAxis": {"type": "category", "data": times},
            "yAxis": {"type": "value", "name": measure.unit, "scale": True},
            "series": [
                {
                    "type": "line", "name": label, "showSymbol": len(hours) < 3,
                    "data": [round(getattr(one, code), 3) for one in hours],
                }
                for code, label in names.items()
            ],
        },
        "columns": [
            {"key": "hour", "label": _("小时")},
            *({"key": code, "label": label, "is_number": True} for code, label in names.items()),
        ],
        "rows": [
            {"hour": at} | {code: round(getattr(one, code), 3) for code in names}
            for at, one in zip(times, hours, strict=True)
        ],
    }  # fmt: skip
