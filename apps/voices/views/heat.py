"""Hot spots, rising phrases, and a policy compared."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.voices import permissions, selectors, services
from apps.voices.forms import CompareForm, SpotFilterForm, StopPhraseForm
from apps.voices.views._common import reader_of, tenant_of


@login_required
@require_GET
def spot_list(request: HttpRequest) -> HttpResponse:
    """Where more speak than usual, and of what."""
    viewer = reader_of(request)
    tenant = tenant_of(viewer)
    form = SpotFilterForm(request.GET)
    context = paged(request, _spots(request, form)) | {
        "form": form,
        "phrases": list(selectors.list_phrases(viewer, tenant)[:20]),
        "stop_phrases": list(selectors.list_stop_phrases(tenant)[:200]),
        "stop_form": StopPhraseForm(),
        "scan": selectors.last_scan(tenant),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "voices/spot_list.html", context)


def _spots(request: HttpRequest, form: SpotFilterForm) -> Any:
    wanted = form.wanted()
    since = clock.today() - timedelta(days=wanted.pop("days") - 1)
    return selectors.list_spots(reader_of(request), since=since, **wanted)


@login_required
@require_GET
def spot_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    rows = _spots(request, SpotFilterForm(request.GET))
    audit.record(reader_of(request), "hot_spots.exported", data={"count": rows.count()})
    columns = [
        Column(_("截止日期"), lambda s: s.day, 12),
        Column(_("区域"), lambda s: s.area.name, 20),
        Column(_("分类"), lambda s: s.class_label, 20),
        Column(_("时段"), lambda s: s.get_window_display(), 10),
        Column(_("实际人数"), lambda s: s.observed, 10),
        Column(_("预期人数"), lambda s: round(s.expected, 1), 10),
        Column(_("p 值"), lambda s: s.p_value, 12),
        Column(_("q 值"), lambda s: s.q_value, 12),
    ]
    return xlsx_response(f"{_('诉求热点')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_GET
def spot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One hot spot: nine weeks of it, and the reports it was counted from."""
    viewer = reader_of(request)
    spot = selectors.get_spot(viewer, pk=pk)
    trend = selectors.trend_of(
        spot.tenant, area_path=spot.area_path, class_code=spot.class_code, day=spot.day
    )
    context = paged(request, selectors.reports_of_spot(viewer, spot)) | {
        "spot": spot,
        "option": _option(trend),
        "columns": [
            {"key": "day", "label": _("日期")},
            {"key": "count", "label": _("实际人数"), "is_number": True},
            {"key": "expected", "label": _("预期人数"), "is_number": True},
        ],
        "lines": [
            {"day": day.isoformat(), "count": count, "expected": expected}
            for day, count, expected in zip(trend.days, trend.counts, trend.expected, strict=True)
        ],
        "topic": selectors.find_topic_of(viewer, spot),
    }
    return render(request, "voices/spot_detail.html", context)


def _option(trend: selectors.Trend) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in trend.days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("实际人数"), "type": "bar", "data": trend.counts},
            {"name": _("预期人数"), "type": "line", "data": trend.expected},
        ],
    }


@login_required
@require_POST
def stop_phrase_add(request: HttpRequest) -> HttpResponse:
    """Words kept out from the next scan on."""
    viewer = reader_of(request)
    tenant = tenant_of(viewer)
    text = request.POST.get("text", "")
    tell(
        request,
        lambda: services.add_stop_phrase(viewer, tenant=tenant, text=text),
        done=_("已加入停用词，下次扫描起生效"),
    )
    return redirect("voices:spot-list")


@login_required
@require_POST
def stop_phrase_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Words that count again."""
    viewer = reader_of(request)
    tenant = tenant_of(viewer)
    tell(
        request,
        lambda: services.drop_stop_phrase(viewer, tenant=tenant, pk=pk),
        done=_("已移出停用词"),
    )
    return redirect("voices:spot-list")


@login_required
@require_GET
def comparison(request: HttpRequest) -> HttpResponse:
    """A class in an area before and after a day, beside everything else."""
    viewer = reader_of(request)
    tenant = tenant_of(viewer)
    scope = scope_of(viewer)
    city = [tenant.area.path] if tenant.area else []
    form = CompareForm(
        request.GET or None, paths=city if scope.everything else list(scope.area_paths)
    )
    found = None
    if form.is_bound and form.is_valid():
        found = take(form, lambda: selectors.compare(tenant, **form.cleaned_data))
    status = 422 if form.errors else 200
    context = {"form": form, "found": found}
    return render(request, "voices/comparison.html", context, status=status)
