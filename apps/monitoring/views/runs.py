"""One-key checks: the button, how far one is, what it found, when they are made by themselves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.monitoring import permissions, selectors, services
from apps.monitoring.enums import RunKind
from apps.monitoring.forms import FindingFilterForm, PlanForm, RunForm
from apps.monitoring.models import CheckRun, RunFinding
from apps.monitoring.registry import Trouble, fault_report_url
from apps.monitoring.views._common import reader_of, tabs


@login_required
@require_http_methods(["GET", "POST"])
def run_list(request: HttpRequest) -> HttpResponse:
    """The button, and the runs there were."""
    viewer = reader_of(request)
    may_run = viewer.has_perm(permissions.RUN)
    form = RunForm(request.POST or None, viewer=viewer) if may_run else None
    if request.method == "POST" and form is not None and form.is_valid():
        given = form.cleaned_data
        run = take(form, lambda: services.order_run(viewer, **given))
        if run is not None:
            return redirect("monitoring:run-detail", pk=run.pk)
    context = paged(request, selectors.list_runs(viewer)) | {
        "form": form,
        "tabs": tabs("run-list"),
        "plans": selectors.list_plans(viewer),
    }
    failed = form is not None and form.errors
    return render(request, "monitoring/run_list.html", context, status=422 if failed else 200)


@login_required
@require_GET
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how far it is, the summary by kind, what is wrong."""
    viewer = reader_of(request)
    run = selectors.get_run(viewer, pk=pk)
    form = FindingFilterForm(request.GET or {"state": "bad"})
    context = paged(request, _findings(run, form)) | shown(viewer, run) | {"form": form}
    rows = context["rows"]
    context["rows"] = [(row, _report_url(viewer, row)) for row in rows]
    return render(request, "monitoring/run_detail.html", context)


@login_required
@require_GET
def run_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that says how far it is; the page anew once it has ended."""
    viewer = reader_of(request)
    run = selectors.get_run(viewer, pk=pk)
    answer = render(request, "monitoring/_run.html", shown(viewer, run))
    answer["Cache-Control"] = "no-store"
    if not run.is_open:
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a run."""
    viewer = reader_of(request)
    selectors.get_run(viewer, pk=pk)
    tell(request, lambda: services.cancel_run(viewer, run_id=pk), done=_("检查已取消"))
    return redirect("monitoring:run-detail", pk=pk)


@login_required
@require_GET
def run_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The health report: every point of a run, what is worst first."""
    viewer = reader_of(request)
    run = selectors.get_run(viewer, pk=pk)
    rows = selectors.list_findings(run)
    audit.record(
        viewer, "onekey_run.exported", object_type="monitoring.run", object_id=run.pk,
        object_label=str(run.area), data={"count": rows.count()},
    )  # fmt: skip
    columns = [
        Column(_("类别"), lambda f: f.get_kind_display(), 16),
        Column(_("点位"), lambda f: f.label, 30),
        Column(_("部件编码"), lambda f: f.asset.code if f.asset else "", 20),
        Column(_("结果"), lambda f: f.get_state_display(), 10),
        Column(_("说明"), lambda f: f.text, 50),
        Column(_("数值"), _figures, 40),
    ]
    note = "；".join(_sentence(kind) for kind in selectors.summary_of(run))
    return xlsx_response(
        f"{_('健康报告')}-{run.area.name}-{run.created_at:%Y%m%d%H%M}",
        columns,
        rows.iterator(2000),
        note=note,
    )


@login_required
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest) -> HttpResponse:
    """A new plan."""
    viewer = reader_of(request)
    form = PlanForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        plan = take(form, lambda: services.save_plan(viewer, **given))
        if plan is not None:
            messages.success(request, _("已保存一键运维计划"))
            return redirect("monitoring:run-list")
    context = {"form": form, "title": _("一键运维计划")}
    return render(request, "monitoring/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def plan_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Checks no more by this plan."""
    viewer = reader_of(request)
    tell(request, lambda: services.drop_plan(viewer, plan_id=pk), done=_("已删除计划"))
    return redirect("monitoring:run-list")


def shown(viewer: User, run: CheckRun) -> dict[str, Any]:
    """Will give what the panel shows of a run."""
    return {
        "run": run,
        "kinds": selectors.summary_of(run),
        "compared": None if run.is_open else selectors.compare(run),
        "may_run": permissions.can_run_in(viewer, run.area),
    }


def _findings(run: CheckRun, form: FindingFilterForm) -> Any:
    wanted = form.wanted()
    state = wanted["state"]
    is_new = state == "new"
    return selectors.list_findings(
        run, kind=wanted["kind"], text=wanted["text"], is_new=is_new,
        state="" if state in ("all", "new") else state or "bad",
    )  # fmt: skip


def _report_url(viewer: User, finding: RunFinding) -> str:
    trouble = Trouble(finding.asset, finding.label, finding.text, by_check=True)
    return fault_report_url(viewer, trouble)


def _figures(finding: RunFinding) -> str:
    return "；".join(f"{name} {value}" for name, value in finding.facts.items())


def _sentence(kind: selectors.KindSummary) -> str:
    label = RunKind(kind.code).label
    if kind.note:
        return f"{label}：{kind.note}"
    return _("%(kind)s：共 %(total)d，异常 %(bad)d，不明 %(unknown)d") % {
        "kind": label, "total": kind.total, "bad": kind.bad, "unknown": kind.unknown,
    }  # fmt: skip
