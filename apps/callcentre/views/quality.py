"""Inspection of calls: sheets, drawings, scores, appeals, figures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.callcentre import services
from apps.callcentre.enums import InspectionState, ScoreKind
from apps.callcentre.models import Inspection
from apps.callcentre.permissions import INSPECT, LEAD, TAKE, may
from apps.callcentre.quality_forms import DrawForm, ScoreForm, SheetForm
from apps.callcentre.selectors import quality
from apps.callcentre.views._common import period_of, tabs, viewer_with
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.hotline.permissions import can_play


@login_required
@require_GET
def inspection_list(request: HttpRequest) -> HttpResponse:
    """What is to be judged and was; an agent sees the own scores."""
    viewer = viewer_with(request, INSPECT, LEAD, TAKE)
    period = period_of(request, days="30")
    state = request.GET.get("state", "")
    rows = quality.list_inspections(viewer)
    if state in InspectionState.values:
        rows = rows.filter(state=state)
    leads = viewer.has_perm(INSPECT) or viewer.has_perm(LEAD)
    context = paged(request, rows) | {
        "tabs": tabs(viewer, "inspections"),
        "states": InspectionState.choices,
        "state": state,
        "period": period,
        "figures": quality.figures(viewer, period=period),
        "agreements": quality.agreements(viewer) if leads else [],
        "leads": leads,
        "query": request.GET.urlencode(),
    }
    return render(request, "callcentre/inspections.html", context)


@login_required
@require_GET
def figures_export(request: HttpRequest) -> HttpResponseBase:
    """The figures by agent as a sheet."""
    viewer = viewer_with(request, INSPECT, LEAD, TAKE)
    rows = quality.figures(viewer, period=period_of(request, days="30"))
    audit.record(viewer, "callcentre.quality_exported", data={"count": len(rows)})
    columns = [
        Column(_("话务组"), lambda r: r["agent__group__name"], 16),
        Column(_("话务工号"), lambda r: r["agent__number"], 10),
        Column(_("话务员"), lambda r: r["agent__user__full_name"], 12),
        Column(_("质检通数"), lambda r: r["judged"], 10),
        Column(_("平均得分"), lambda r: round(r["mean"], 1), 10),
        Column(_("致命项"), lambda r: r["fatal"], 10),
        Column(_("申诉"), lambda r: r["appealed"], 10),
    ]
    return xlsx_response(f"{_('话务质检')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_http_methods(["GET", "POST"])
def inspection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One call with recording and case, its scores, and the form to judge it."""
    viewer = viewer_with(request, INSPECT, LEAD, TAKE)
    inspection = quality.get_inspection(viewer, pk=pk)
    kind = _next_kind(viewer, inspection)
    form = ScoreForm(request.POST or None, sheet=inspection.sheet) if kind else None
    if request.method == "POST" and form is not None and form.is_valid():
        saved = take(
            form,
            lambda: services.score_call(
                viewer,
                inspection_id=pk,
                kind=kind,
                points=form.points(),
                comment=form.cleaned_data["comment"],
            ),
        )
        if saved is not None:
            messages.success(request, _("已评分：%d 分") % saved.total)
            return redirect("callcentre:inspection", pk=pk)
    is_own = inspection.agent.user_id == viewer.pk
    context = {
        "tabs": tabs(viewer, "inspections"),
        "inspection": inspection,
        "scores": _shown(viewer, inspection),
        "form": form,
        "kind": ScoreKind(kind).label if kind else "",
        "may_play": can_play(viewer, inspection.call),
        "demands": inspection.call.demands.select_related("case"),
        "may_appeal": is_own and inspection.state == InspectionState.SCORED,
        "is_own": is_own,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "callcentre/inspection.html", context, status=status)


@login_required
@require_POST
def inspection_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent does not agree."""
    actor = viewer_with(request, TAKE)
    words = request.POST.get("words", "")
    tell(
        request,
        lambda: services.appeal_score(actor, inspection_id=pk, words=words),
        done=_("已提交申诉，由另一位质检员复核"),
    )
    return redirect("callcentre:inspection", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def sample_list(request: HttpRequest) -> HttpResponse:
    """The drawings, and the form of one more."""
    viewer = viewer_with(request, INSPECT, LEAD)
    form = DrawForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        tenant, spec = _body(viewer), form.spec()
        drawn = take(form, lambda: services.draw_sample(viewer, tenant=tenant, spec=spec))
        if drawn is not None:
            messages.success(request, _("已抽样，种子 %s") % drawn.seed)
            return redirect("callcentre:samples")
    context = paged(request, quality.list_samples(viewer)) | {
        "tabs": tabs(viewer, "samples"),
        "form": form if viewer.has_perm(INSPECT) else None,
    }
    status = 422 if form.errors else 200
    return render(request, "callcentre/samples.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def sheet_list(request: HttpRequest) -> HttpResponse:
    """The versions of the score sheet, and the form of the next."""
    viewer = viewer_with(request, INSPECT, LEAD)
    form = SheetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tenant = _body(viewer)
        drafted = take(
            form,
            lambda: services.draft_sheet(
                viewer, tenant=tenant, name=form.cleaned_data["name"], items=form.items()
            ),
        )
        if drafted is not None:
            messages.success(request, _("已存为草稿，由班长发布"))
            return redirect("callcentre:sheets")
    context = paged(request, quality.list_sheets(viewer)) | {
        "tabs": tabs(viewer, "sheets"),
        "form": form if viewer.has_perm(INSPECT) else None,
        "may_publish": viewer.has_perm(LEAD),
    }
    status = 422 if form.errors else 200
    return render(request, "callcentre/sheets.html", context, status=status)


@login_required
@require_POST
def sheet_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader puts a draft in force."""
    actor = viewer_with(request, LEAD)
    tell(
        request,
        lambda: services.publish_sheet(actor, sheet_id=pk),
        done=_("评分表已发布"),
    )
    return redirect("callcentre:sheets")


def _next_kind(viewer: User, inspection: Inspection) -> str:
    """As what the viewer would judge this call now; "" for not at all."""
    if not may(viewer, INSPECT, inspection.sample.tenant_id):
        return ""
    if inspection.agent.user_id == viewer.pk:
        return ""
    if inspection.scores.filter(inspector=viewer).exists():
        return ""
    if inspection.state == InspectionState.WAITING:
        return ScoreKind.FIRST
    if inspection.state == InspectionState.APPEALED:
        return ScoreKind.SECOND
    return ScoreKind.CALIBRATION


def _shown(viewer: User, inspection: Inspection) -> list[dict[str, Any]]:
    labels = {item["code"]: item["label"] for item in inspection.sheet.items}
    return [
        {
            "score": score,
            "points": [(labels.get(code, code), value) for code, value in score.points.items()],
        }
        for score in quality.scores_of(viewer, inspection)
    ]


def _body(viewer: User) -> Tenant:
    if viewer.tenant is None:
        raise InvalidInput(_("您不属于任何单位"), field="name")
    return viewer.tenant
