"""Risk assessments: list, one with its deeds and report, the versions of the template."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals.selectors import find_pending
from apps.accounts.signed_in import actor_of, any_right
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into, status_of, tell
from apps.governance import permissions, risk
from apps.governance.enums import AssessmentState, TextState
from apps.governance.forms.assessments import (
    AssessmentForm,
    ConclusionForm,
    MeasureForm,
    OpinionsForm,
    ReasonForm,
    ScoresForm,
    TemplateForm,
)
from apps.governance.models import RiskAssessment
from apps.governance.selectors import assessments as reads
from apps.governance.selectors.centres import tenant_of
from apps.governance.services import assessments
from apps.governance.views._common import move_version

readers = any_right(*reads.RIGHTS)
keepers = any_right(permissions.ASSESS)


@readers
@require_GET
def assessment_list(request: HttpRequest) -> HttpResponse:
    """Assessments of the viewer's bodies."""
    viewer = actor_of(request)
    rows = paged(request, reads.list_assessments(viewer))
    context = rows | {"may_keep": viewer.has_perm(permissions.ASSESS)}
    return render(request, "governance/assessment_list.html", context)


@keepers
@require_http_methods(["GET", "POST"])
def assessment_new(request: HttpRequest) -> HttpResponse:
    """Begins an assessment."""
    actor = actor_of(request)
    tenant = tenant_of(actor)
    form = AssessmentForm(request.POST or None, tenant=tenant)
    if form.is_valid():
        d = form.cleaned_data
        try:
            made = assessments.start_assessment(
                actor,
                tenant=tenant,
                title=d["title"],
                decision=d["decision"],
                unit_id=d["unit"].pk,
                partner_ids=[unit.pk for unit in d["partners"]],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect("governance:assessment", assessment_id=made.pk)
    context = {"form": form}
    return render(request, "governance/assessment_form.html", context, status=status_of(form))


@readers
@require_GET
def assessment_detail(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """One assessment: scores, opinions, formula, conclusion, measures."""
    return _page(request, reads.get_assessment(actor_of(request), assessment_id))


@readers
@require_GET
def assessment_report(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """The same as a paper to be printed."""
    assessment = reads.get_assessment(actor_of(request), assessment_id)
    return render(request, "governance/assessment_report.html", _facts(assessment))


def _facts(assessment: RiskAssessment) -> dict[str, Any]:
    scheme = risk.parse(assessment.template.body)
    known = {score.code: score for score in assessment.scores.all()}
    return {
        "assessment": assessment,
        "scheme": scheme,
        "found": reads.conclusion_of(assessment),
        "lines": [(item, known.get(item.code)) for item in scheme.items],
        "today": clock.today(),
    }


def _page(request: HttpRequest, assessment: RiskAssessment, **shown: forms.Form) -> HttpResponse:
    viewer = actor_of(request)
    may = viewer.has_perm(permissions.ASSESS)
    waiting = find_pending(act=assessments.ACT, subject_id=assessment.pk)
    context = _facts(assessment) | {"may": may, "waiting": waiting}
    if may:
        context["measure_form"] = MeasureForm(tenant=assessment.tenant)
    if may and waiting is None and assessment.state == AssessmentState.DRAFT:
        context["scores_form"] = ScoresForm(assessment=assessment)
        context["opinions_form"] = OpinionsForm()
        context["conclusion_form"] = ConclusionForm(initial={"conclusion": assessment.conclusion})
        if assessment.conclusion:
            context["approval_form"] = ReasonForm()
    context |= shown
    status = status_of(*shown.values())
    return render(request, "governance/assessment_detail.html", context, status=status)


@keepers
@require_POST
def assessment_deed(request: HttpRequest, assessment_id: int, deed: str) -> HttpResponse:
    """Does one deed of the page; a refusal keeps what was typed."""
    assessment = reads.get_assessment(actor_of(request), assessment_id)
    if deed not in _DEEDS:
        raise Http404
    make, do, done = _DEEDS[deed]
    form = make(request, assessment)
    if form.is_valid():
        try:
            do(request, assessment, form)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, done())
            return redirect("governance:assessment", assessment_id=assessment.pk)
    return _page(request, assessment, **{f"{deed}_form": form, "refused": form})


@keepers
@require_POST
def measure_done(request: HttpRequest, assessment_id: int, measure_id: int) -> HttpResponse:
    """Says that a measure is done."""
    note = request.POST.get("note", "")
    tell(
        request,
        lambda: assessments.finish_measure(actor_of(request), measure_id=measure_id, note=note),
        done=_("已登记完成"),
    )
    return redirect("governance:assessment", assessment_id=assessment_id)


# --- The template ------------------------------------------------------------------------


@readers
@require_GET
def template_list(request: HttpRequest) -> HttpResponse:
    """Every version of the template."""
    viewer = actor_of(request)
    context = {
        "templates": reads.list_templates(tenant_of(viewer)),
        "may_keep": viewer.has_perm(permissions.ASSESS),
    }
    return render(request, "governance/template_list.html", context)


@keepers
@require_http_methods(["GET", "POST"])
def template_new(request: HttpRequest) -> HttpResponse:
    """Writes a new version."""
    actor = actor_of(request)
    form = TemplateForm(request.POST or None)
    if form.is_valid():
        try:
            made = assessments.draft_template(
                actor,
                tenant=tenant_of(actor),
                name=form.cleaned_data["name"],
                basis=form.cleaned_data["basis"],
                body=form.body,
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect("governance:template", template_id=made.pk)
    context = {"form": form}
    return render(request, "governance/template_form.html", context, status=status_of(form))


@readers
@require_GET
def template_detail(request: HttpRequest, template_id: int) -> HttpResponse:
    """One version, and what may be done with it."""
    viewer = actor_of(request)
    template = reads.get_template(viewer, template_id)
    context = {
        "template": template,
        "scheme": risk.parse(template.body),
        "may_submit": template.state == TextState.DRAFT and viewer.has_perm(permissions.ASSESS),
        "may_decide": template.state == TextState.SUBMITTED
        and viewer.has_perm(permissions.APPROVE_RISK)
        and viewer.pk != template.author_id,
    }
    return render(request, "governance/template_detail.html", context)


@readers
@require_POST
def template_deed(request: HttpRequest, template_id: int, deed: str) -> HttpResponse:
    """Submits, publishes or sends back a version."""
    actor = actor_of(request)
    template = reads.get_template(actor, template_id)
    move_version(
        request,
        deed,
        submit=lambda: assessments.submit_template(actor, template_id=template.pk),
        decide=lambda yes: assessments.decide_template(actor, template_id=template.pk, approve=yes),
    )
    return redirect("governance:template", template_id=template.pk)


# --- The deeds of the page: form, service, words -----------------------------------------

Make = Callable[[HttpRequest, RiskAssessment], forms.Form]
Do = Callable[[HttpRequest, RiskAssessment, Any], Any]


def _score(request: HttpRequest, assessment: RiskAssessment, form: ScoresForm) -> None:
    try:
        assessments.save_scores(
            actor_of(request), assessment_id=assessment.pk, scores=form.scores()
        )
    except DomainError as refusal:
        if refusal.field:
            refusal.field = f"reason_{refusal.field}"
        raise


def _file(request: HttpRequest, assessment: RiskAssessment, form: ReasonForm) -> None:
    assessments.file_conclusion(
        actor_of(request), assessment_id=assessment.pk, reason=form.cleaned_data["reason"]
    )


_DEEDS: dict[str, tuple[Make, Do, Callable[[], str]]] = {
    "scores": (
        lambda request, assessment: ScoresForm(request.POST, assessment=assessment),
        _score,
        lambda: _("已保存评分"),
    ),
    "opinions": (
        lambda request, _assessment: OpinionsForm(request.POST),
        lambda request, assessment, form: assessments.record_opinions(
            actor_of(request), assessment_id=assessment.pk, new=form.as_opinions()
        ),
        lambda: _("已登记意见"),
    ),
    "conclusion": (
        lambda request, _assessment: ConclusionForm(request.POST),
        lambda request, assessment, form: assessments.write_conclusion(
            actor_of(request), assessment_id=assessment.pk, text=form.cleaned_data["conclusion"]
        ),
        lambda: _("已保存结论"),
    ),
    "approval": (
        lambda request, _assessment: ReasonForm(request.POST),
        _file,
        lambda: _("已提交，由另一人审定"),
    ),
    "measure": (
        lambda request, assessment: MeasureForm(request.POST, tenant=assessment.tenant),
        lambda request, assessment, form: assessments.order_measure(
            actor_of(request),
            assessment_id=assessment.pk,
            unit_id=form.cleaned_data["unit"].pk,
            text=form.cleaned_data["text"],
            due_on=form.cleaned_data["due_on"],
        ),
        lambda: _("已下达措施"),
    ),
}
