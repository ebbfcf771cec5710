"""When things were out, and why."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take
from apps.monitoring import permissions, selectors, services
from apps.monitoring.forms import JudgeForm, OutageFilterForm
from apps.monitoring.models import Outage
from apps.monitoring.views._common import reader_of, tabs

_OPEN = {"yes": True, "no": False}


@login_required
@require_GET
def outage_list(request: HttpRequest) -> HttpResponse:
    """Search and filter outages."""
    viewer = reader_of(request)
    form = OutageFilterForm(request.GET)
    context = paged(request, selectors.list_outages(viewer, **_search(form))) | {
        "form": form,
        "tabs": tabs("outage-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "monitoring/outage_list.html", context)


@login_required
@require_GET
def outage_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_outages(viewer, **_search(OutageFilterForm(request.GET)))
    audit.record(viewer, "outages.exported", data={"count": rows.count()})
    columns = [
        Column(_("部件"), lambda o: o.asset.name, 24),
        Column(_("编码"), lambda o: o.asset.code, 20),
        Column(_("类别"), lambda o: o.get_kind_display(), 12),
        Column(_("开始时间"), lambda o: o.began_at, 20),
        Column(_("结束时间"), lambda o: o.ended_at, 20),
        Column(_("时长（秒）"), _seconds, 12),
        Column(_("原因"), lambda o: o.get_cause_display(), 10),
        Column(_("计划内"), lambda o: o.is_planned, 8),
        Column(_("说明"), lambda o: o.text, 40),
        Column(_("原因认定人"), lambda o: o.judged_by_name, 14),
    ]
    return xlsx_response(f"{_('中断记录')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def outage_judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a thing was out, by who knows."""
    viewer = reader_of(request)
    outage = selectors.list_outages(viewer).filter(pk=pk).first()
    if outage is None:
        raise NotFound(_("没有这条中断记录"))
    permissions.require_keep_asset(viewer, outage.asset)
    form = JudgeForm(request.POST or None, outage=outage)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = take(form, lambda: services.judge_outage(viewer, outage_id=pk, **given))
        if saved is not None:
            messages.success(request, _("已认定原因"))
            return redirect("monitoring:outage-list")
    context = {"form": form, "outage": outage}
    return render(
        request, "monitoring/outage_judge.html", context, status=422 if form.errors else 200
    )


def _search(form: OutageFilterForm) -> dict[str, Any]:
    wanted = form.wanted()
    return {
        "text": wanted["text"], "kind": wanted["kind"], "is_open": _OPEN.get(wanted["open"]),
    }  # fmt: skip


def _seconds(outage: Outage) -> int:
    return int(((outage.ended_at or clock.now()) - outage.began_at).total_seconds())
