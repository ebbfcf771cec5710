"""Rankings of workers and streets: a month, one line with its rows, formulas, appeals."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response, store
from apps.common.pages import paged, put_into, status_of, tell
from apps.governance import permissions, scoring
from apps.governance.enums import AppealState, RunState, Subject, TextState
from apps.governance.forms.appraisal import AppealForm, FormulaForm, MonthForm, RulingForm
from apps.governance.indicators import for_subject
from apps.governance.models import AppraisalLine, AppraisalRun
from apps.governance.selectors import appraisal as reads
from apps.governance.selectors.centres import tenant_of
from apps.governance.services import appraisal
from apps.governance.views._common import move_version

readers = any_right(*permissions.APPRAISAL_READERS)
drafters = any_right(permissions.DRAFT)


def _asked(request: HttpRequest) -> tuple[str, date]:
    """Which subject and month; workers and the last month where none was asked for."""
    data = request.POST or request.GET
    form = MonthForm(data)
    last = clock.today().replace(day=1) - timedelta(days=1)
    month = form.cleaned_data["month"] if form.is_valid() else last.replace(day=1)
    subject = data.get("subject", "")
    return (subject if subject in Subject.values else Subject.WORKER.value), month


@readers
@require_GET
def ranking(request: HttpRequest) -> HttpResponse:
    """One month's ranking, as far as the viewer may see it."""
    viewer = actor_of(request)
    subject, month = _asked(request)
    tenant = tenant_of(viewer)
    run = reads.find_run(viewer, tenant, subject, month)
    lines = list(reads.list_lines(viewer, run)) if run else []
    months = {"subject": subject, "month": f"{month:%Y-%m}"}
    may_draft = viewer.has_perm(permissions.DRAFT)
    is_over = clock.today() > reads.month_of(month).last
    context = {
        "run": run,
        "lines": [(line, _shown(line, run)) for line in lines],
        "indicators": _indicators(run),
        "subject": subject,
        "tabs": [
            {
                "url": f"?{urlencode(months | {'subject': value})}",
                "label": label,
                "current": value == subject,
            }
            for value, label in Subject.choices
        ],
        "form": MonthForm(initial=months | {"month": month}),
        "own": reads.own_line(viewer, run) if run else None,
        "untouched": run is not None and bool(run.digest) and reads.is_untouched(run),
        "may_compute": may_draft and (run is None or run.state != RunState.PUBLISHED),
        "may_publish": run is not None
        and run.state == RunState.COMPUTED
        and is_over
        and viewer.has_perm(permissions.APPROVE)
        and run.computed_by_id != viewer.pk,
        "month_value": f"{month:%Y-%m}",
        "query": urlencode(months),
        "may_see_formulas": may_draft or viewer.has_perm(permissions.APPROVE),
    }
    return render(request, "governance/ranking.html", context)


def _indicators(run: AppraisalRun | None) -> list[Any]:
    if run is None:
        return []
    known = for_subject(run.subject)
    return [known[weight.code] for weight in scoring.parse(run.formula.body, known)]


def _shown(line: AppraisalLine, run: AppraisalRun | None) -> list[reads.ShownFigure]:
    assert run is not None
    line.run = run
    return reads.figures_of(line)


@drafters
@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Computes a month, again if need be."""
    actor = actor_of(request)
    subject, month = _asked(request)
    tell(
        request,
        lambda: appraisal.compute_month(
            actor, tenant=tenant_of(actor), subject=Subject(subject), month=month
        ),
        done=_("已计算，公布前可以申诉"),
    )
    query = urlencode({"subject": subject, "month": f"{month:%Y-%m}"})
    return redirect(f"{reverse('governance:ranking')}?{query}")


@any_right(permissions.APPROVE)
@require_POST
def publish(request: HttpRequest, run_id: int) -> HttpResponse:
    """Publishes a month."""
    tell(
        request,
        lambda: appraisal.publish_run(actor_of(request), run_id=run_id),
        done=_("已公布，并通知相关人员"),
    )
    subject, month = _asked(request)
    query = urlencode({"subject": subject, "month": f"{month:%Y-%m}"})
    return redirect(f"{reverse('governance:ranking')}?{query}")


@readers
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The ranking as an Excel file; audited."""
    viewer = actor_of(request)
    subject, month = _asked(request)
    run = reads.find_run(viewer, tenant_of(viewer), subject, month)
    if run is None:
        raise NotFound(_("没有这次考核"))
    columns = [
        Column(_("名次"), lambda line: line.place, 8),
        Column(_("名称"), lambda line: line.subject_name, 20),
        Column(_("得分"), lambda line: line.score, 10),
        *[Column(one.label, _value_of(one.code), 16) for one in _indicators(run)],
    ]
    name = f"{_('网格考核')}-{Subject(subject).label}-{month:%Y-%m}"
    audit.record(viewer, "appraisal_run.exported", object_id=run.pk, object_label=str(run))
    return xlsx_response(name, columns, reads.list_lines(viewer, run), note=str(run.formula))


def _value_of(code: str) -> Callable[[AppraisalLine], Any]:
    def read(line: AppraisalLine) -> Any:
        return next((f["value"] for f in line.figures if f["code"] == code), None)

    return read


@readers
@require_GET
def line_detail(request: HttpRequest, line_id: int) -> HttpResponse:
    """One worker or street: each figure, its score, the rows behind it."""
    return _line_page(request, reads.get_line(actor_of(request), line_id))


def _line_page(request: HttpRequest, line: AppraisalLine, **shown: Any) -> HttpResponse:
    viewer = actor_of(request)
    figures = reads.figures_of(line)
    code = request.GET.get("indicator", "")
    code = code if code in {f.indicator.code for f in figures} else ""
    rows = paged(request, reads.facts_of(line, code))
    labels = {f.indicator.code: f.indicator.label for f in figures}
    facts = [(f, labels.get(f.indicator, ""), reads.address_of(f)) for f in rows.pop("rows")]
    is_open = line.run.state == RunState.COMPUTED
    context = rows | {
        "line": line,
        "run": line.run,
        "figures": figures,
        "facts": facts,
        "code": code,
        "may_appeal": is_open and reads.may_appeal(viewer, line),
    }
    status = status_of(*shown.values())
    return render(request, "governance/line_detail.html", context | shown, status=status)


@any_right(permissions.FILE)
@require_http_methods(["GET", "POST"])
def appeal_new(request: HttpRequest, line_id: int, fact_id: int) -> HttpResponse:
    """Says that a row should not count, on evidence."""
    actor = actor_of(request)
    line = reads.get_line(actor, line_id)
    fact = reads.facts_of(line).filter(pk=fact_id).first()
    if fact is None:
        raise NotFound(_("没有这条考核依据"))
    form = AppealForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        uploads = request.FILES.getlist("evidence")
        try:
            if len(uploads) > appraisal.FILES_MOST:
                raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")
            appraisal.file_appeal(
                actor,
                fact_id=fact.pk,
                reason=form.cleaned_data["reason"],
                files=[store(one, allow=frozenset({"image", "document"})) for one in uploads],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已提交申诉，等待裁定"))
            return redirect("governance:appeal-list")
    context = {"form": form, "line": line, "fact": fact}
    return render(request, "governance/appeal_form.html", context, status=status_of(form))


@readers
@require_GET
def appeal_list(request: HttpRequest) -> HttpResponse:
    """Appeals the viewer rules on, oversees or filed."""
    viewer = actor_of(request)
    rows = paged(request, reads.list_appeals(viewer))
    may_rule = viewer.has_perm(permissions.RULE)
    shown = [
        (one, may_rule and one.state == AppealState.PENDING and one.filed_by_id != viewer.pk)
        for one in rows.pop("rows")
    ]
    context = rows | {"appeals": shown, "form": RulingForm()}
    return render(request, "governance/appeal_list.html", context)


@any_right(permissions.RULE)
@require_POST
def appeal_rule(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """Rules on an appeal."""
    reads.get_appeal(actor_of(request), appeal_id)
    form = RulingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写裁定意见"))
        return redirect("governance:appeal-list")
    d = form.cleaned_data
    tell(
        request,
        lambda: appraisal.rule_appeal(
            actor_of(request), appeal_id=appeal_id, grant=d["grant"], ruling=d["ruling"]
        ),
        done=_("已裁定"),
    )
    return redirect("governance:appeal-list")


@readers
@require_GET
def appeal_file(request: HttpRequest, appeal_id: int, file_id: int) -> HttpResponseBase:
    """A piece of evidence. Raises: NotFound."""
    appeal = reads.get_appeal(actor_of(request), appeal_id)
    found = appeal.evidence.filter(pk=file_id).first()
    if found is None:
        raise NotFound(_("没有这份证据"))
    return file_response(found, download_name=found.sha256[:12])


# --- Formulas ----------------------------------------------------------------------------


@any_right(permissions.DRAFT, permissions.APPROVE)
@require_GET
def formula_list(request: HttpRequest) -> HttpResponse:
    """Every version, by subject."""
    viewer = actor_of(request)
    context = {
        "formulas": reads.list_formulas(tenant_of(viewer)),
        "may_draft": viewer.has_perm(permissions.DRAFT),
        "subjects": Subject.choices,
    }
    return render(request, "governance/formula_list.html", context)


@drafters
@require_http_methods(["GET", "POST"])
def formula_new(request: HttpRequest, subject: str) -> HttpResponse:
    """Writes a new version."""
    if subject not in Subject.values:
        raise Http404
    actor = actor_of(request)
    form = FormulaForm(request.POST or None, subject=subject)
    if form.is_valid():
        d = form.cleaned_data
        try:
            made = appraisal.draft_formula(
                actor,
                tenant=tenant_of(actor),
                subject=Subject(subject),
                name=d["name"],
                basis=d["basis"],
                body=form.body,
                effective_from=d["effective_from"],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect("governance:formula", formula_id=made.pk)
    context = {"form": form, "subject": Subject(subject).label}
    return render(request, "governance/formula_form.html", context, status=status_of(form))


@readers
@require_GET
def formula_detail(request: HttpRequest, formula_id: int) -> HttpResponse:
    """One version in words, and what may be done with it."""
    viewer = actor_of(request)
    formula = reads.get_formula(viewer, formula_id)
    known = for_subject(formula.subject)
    context = {
        "formula": formula,
        "weights": [(w, known[w.code]) for w in scoring.parse(formula.body, known)],
        "may_submit": formula.state == TextState.DRAFT and viewer.has_perm(permissions.DRAFT),
        "may_decide": formula.state == TextState.SUBMITTED
        and viewer.has_perm(permissions.APPROVE)
        and viewer.pk != formula.author_id,
    }
    return render(request, "governance/formula_detail.html", context)


@any_right(permissions.DRAFT, permissions.APPROVE)
@require_POST
def formula_deed(request: HttpRequest, formula_id: int, deed: str) -> HttpResponse:
    """Submits, approves or sends back a version."""
    actor = actor_of(request)
    formula = reads.get_formula(actor, formula_id)
    move_version(
        request,
        deed,
        submit=lambda: appraisal.submit_formula(actor, formula_id=formula.pk),
        decide=lambda yes: appraisal.decide_formula(actor, formula_id=formula.pk, approve=yes),
    )
    return redirect("governance:formula", formula_id=formula.pk)
