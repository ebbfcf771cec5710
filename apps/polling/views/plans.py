"""What stands where in devices of a make: the list, and one to read or to write."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.pages import paged, take
from apps.polling import permissions, selectors, services
from apps.polling.forms import LineFormSet, PlanForm, initial_of_line
from apps.polling.models import PollPlan
from apps.polling.views._common import reader_of


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan with its lines."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_plans()) | {
        "may_write": permissions.can_keep_profiles(viewer)
    }
    return render(request, "polling/plan_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """One plan to write by whoever keeps the kinds of devices; new without a code."""
    viewer = reader_of(request)
    permissions.require_keep_profiles(viewer)
    plan = selectors.get_plan(code) if code else None
    form = PlanForm(request.POST or None, initial=_initial_of(plan))
    rows = [initial_of_line(line) for line in plan.lines.all()] if plan else []
    lines = LineFormSet(request.POST or None, initial=rows, prefix="lines")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        spec = form.spec([one.spec() for one in lines if one.cleaned_data.get("field")])
        key = plan.pk if plan else None
        if take(form, lambda: services.save_plan(viewer, spec=spec, plan_id=key)):
            messages.success(request, _("已保存采集方案“%(name)s”") % {"name": spec.name})
            return redirect("polling:plan-list")
    is_wrong = request.method == "POST"
    context = {"form": form, "lines": lines, "plan": plan}
    return render(request, "polling/plan_edit.html", context, status=422 if is_wrong else 200)


def _initial_of(plan: PollPlan | None) -> dict[str, str] | None:
    if plan is None:
        return None
    plain = {name: getattr(plan, name) for name in ("code", "name", "protocol")}
    return plain | {"profile": plan.profile.code}
