"""Plans and runs: the lists, one plan to write, one run as it goes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import NotAllowed
from apps.common.pages import paged, take, tell
from apps.diagnosis import permissions, selectors, services
from apps.diagnosis.enums import Fault, RunState
from apps.diagnosis.forms import PlanForm
from apps.diagnosis.views._common import reader_of


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan of the viewer's areas."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_plans(viewer)) | {
        "may_run": permissions.can_run(viewer)
    }
    return render(request, "diagnosis/plan_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One plan to write; new without a number in the address."""
    viewer = reader_of(request)
    if not permissions.can_run(viewer):
        raise NotAllowed(_("您没有维护诊断预案的权限"))
    plan = selectors.get_plan(viewer, pk=pk) if pk is not None else None
    form = PlanForm(request.POST or None, viewer=viewer, plan=plan)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_plan(viewer, spec=spec, plan_id=pk))
        if saved is not None:
            messages.success(request, _("已保存诊断预案“%(name)s”") % {"name": saved.name})
            return redirect("diagnosis:plan-list")
    status = 422 if form.errors else 200
    return render(request, "diagnosis/plan_edit.html", {"form": form, "plan": plan}, status=status)


@login_required
@require_POST
def plan_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or back."""
    viewer = reader_of(request)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_plan_active(viewer, plan_id=pk, is_active=is_active),
        done=_("已启用") if is_active else _("已停用"),
    )
    return redirect("diagnosis:plan-list")


@login_required
@require_POST
def plan_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A run of a plan now."""
    viewer = reader_of(request)
    begun = []
    if tell(
        request,
        lambda: begun.append(services.run_plan(viewer, plan_id=pk)),
        done=_("已开始巡检"),
    ):
        return redirect("diagnosis:run-detail", pk=begun[0].pk)
    return redirect("diagnosis:plan-list")


@login_required
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Every run of the viewer's areas."""
    viewer = reader_of(request)
    return render(request, "diagnosis/run_list.html", paged(request, selectors.list_runs(viewer)))


@login_required
@require_GET
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how far it is, what it found."""
    viewer = reader_of(request)
    run = selectors.get_run(viewer, pk=pk)
    context = paged(request, selectors.looks_of(run, viewer)) | {
        "run": run,
        "may_cancel": run.state == RunState.RUNNING and permissions.can_run_in(viewer, run.area),
        "labels": dict(Fault.choices),
    }
    return render(request, "diagnosis/run_detail.html", context)


@login_required
@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """A run ended early."""
    viewer = reader_of(request)
    tell(
        request, lambda: services.cancel_run(viewer, run_id=pk), done=_("已取消，不再检测其余点位")
    )
    return redirect("diagnosis:run-detail", pk=pk)
