"""Maintenance plans and the calendar of what is due."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock
from apps.common.pages import paged, take
from apps.ops import permissions, selectors, services
from apps.ops.keeping_forms import PlanForm
from apps.ops.views._common import keeper_of, reader_of, tabs

SHOWN_DAYS = 62


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan of the viewer's bodies and areas."""
    viewer = keeper_of(request)
    context = paged(request, selectors.list_plans(viewer)) | {"tabs": tabs(viewer, "plan-list")}
    return render(request, "ops/plan_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One plan to write; a new one without a number in the address."""
    viewer = keeper_of(request)
    plan = selectors.get_plan(viewer, pk) if pk is not None else None
    tenant = plan.tenant if plan is not None else selectors.tenant_of(viewer)
    form = PlanForm(request.POST or None, viewer=viewer, plan=plan)
    if request.method == "POST" and form.is_valid():
        saved = take(
            form,
            lambda: services.save_plan(viewer, tenant=tenant, spec=form.spec(), plan_id=pk),
        )
        if saved is not None:
            messages.success(request, _("已保存保养计划“%s”") % saved)
            return redirect("ops:plan-list")
    context = {"form": form, "title": plan.name if plan else _("新增保养计划"), "back": "plan"}
    return render(request, "ops/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """What is due day by day: two months from ?from= on, what was made and what will be."""
    viewer = reader_of(request)
    permissions.require_calendar(viewer)
    since = _day(request.GET.get("from", "")) or clock.today().replace(day=1)
    until = since + timedelta(days=SHOWN_DAYS)
    made = selectors.works_between(viewer, since, until)
    plans = {plan.pk: plan for plan in selectors.list_plans(viewer)}
    days = {key: selectors.Due(key[1], plans[key[0]], works) for key, works in made.items()}
    for plan in plans.values():
        for day in services.turns_between(plan, max(since, clock.today()), until):
            if plan.is_active:
                days.setdefault((plan.pk, day), selectors.Due(day, plan, ()))
    context = {
        "dues": sorted(days.values(), key=lambda due: (due.on, due.plan.pk)),
        "since": since,
        "until": until,
        "before": since - timedelta(days=SHOWN_DAYS),
        "after": until,
        "tabs": tabs(viewer, "calendar"),
    }
    return render(request, "ops/calendar.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
