"""The queue with the reasons why work waits, its workers, what units were charged."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Organization
from apps.algorithms import permissions, selectors, services
from apps.algorithms.forms import WorkFilterForm
from apps.algorithms.views._common import number_of, reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell


@login_required
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """What waits, runs and is done."""
    viewer = reader_of(request)
    form = WorkFilterForm(request.GET)
    context = paged(request, selectors.list_work(viewer, **form.wanted()))
    context |= {
        "form": form,
        "reasons": selectors.reasons_of(context["rows"]),
        "workers": selectors.list_workers()[:20],
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "algorithms/work_list.html", context)


@login_required
@require_POST
def work_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Work taken out of the queue."""
    viewer = reader_of(request)
    tell(
        request,
        lambda: services.cancel_work(viewer, item_id=pk, reason=request.POST.get("reason", "")),
        done=_("已取消"),
    )
    return redirect("algorithms:work-list")


@login_required
@require_GET
def cost_list(request: HttpRequest) -> HttpResponse:
    """What units were charged, and their quotas."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_costs(viewer)) | {
        "quotas": selectors.list_quotas(viewer),
        "units": selectors.units_of(viewer, permissions.PUBLISH),
        "may_publish": permissions.can_publish(viewer),
    }
    return render(request, "algorithms/cost_list.html", context)


@login_required
@require_GET
def cost_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_costs(viewer)
    audit.record(viewer, "algorithm_costs.exported", data={"count": rows.count()})
    columns = [
        Column(_("月份"), lambda c: f"{c.month:%Y-%m}", 10),
        Column(_("单位"), lambda c: c.unit.name, 24),
        Column(_("算法"), lambda c: c.version.algorithm.name, 24),
        Column(_("版本"), lambda c: c.version.version, 10),
        Column(_("次数"), lambda c: c.calls, 10),
        Column(_("计算毫秒"), lambda c: c.ms, 12),
        Column(_("帧数"), lambda c: c.frames, 12),
    ]
    name = f"{_('算力台账')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(2000))


@login_required
@require_POST
def quota_save(request: HttpRequest) -> HttpResponse:
    """How much a unit may have computed."""
    viewer = reader_of(request)
    unit = Organization.objects.filter(code=request.POST.get("unit", "")).first()
    if unit is None:
        raise NotFound(_("没有这个单位"))
    tell(
        request,
        lambda: services.save_quota(
            viewer,
            unit=unit,
            seconds_a_month=number_of(request, "seconds_a_month"),
            at_once=number_of(request, "at_once"),
        ),
        done=_("配额已保存"),
    )
    return redirect("algorithms:cost-list")
