"""Disputes: list, new, one with all its deeds, its agreement as a paper, statistics."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.files import store
from apps.common.pages import paged, put_into, status_of
from apps.governance import permissions
from apps.governance.enums import ConsentWay, Direction, DisputeResult, Fulfilment, SessionOutcome
from apps.governance.forms.disputes import (
    AgreementForm,
    ConcludeForm,
    ConsentForm,
    DisputeForm,
    ListForm,
    MediatorsForm,
    PartyFormSet,
    PassForm,
    PeriodForm,
    PurposeForm,
    SessionForm,
    VisitForm,
    parties_of,
)
from apps.governance.models import Dispute
from apps.governance.selectors import centres as centre_reads
from apps.governance.selectors import disputes as reads
from apps.governance.services import disputes, mediation
from apps.governance.views._common import number
from apps.matters.selectors import visible_cases

readers = any_right(permissions.VIEW, permissions.MEDIATE)


@readers
@require_GET
def dispute_list(request: HttpRequest) -> HttpResponse:
    """Disputes of the viewer's centres, by tab."""
    viewer = actor_of(request)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in reads.TABS else "open"
    form = ListForm(request.GET)
    centre_id = number(request.GET.get("centre"))
    found = reads.list_disputes(viewer, tab=tab, centre_id=centre_id, **form.wanted())
    rows = paged(request, found)
    words = {
        "open": _("办理中"),
        "mine": _("我调解的"),
        "visits": _("待回访"),
        "closed": _("已结案"),
        "all": _("全部"),
    }
    context = rows | {
        "form": form,
        "tab": tab,
        "tabs": [
            {"url": f"?tab={code}", "label": words[code], "current": code == tab}
            for code in reads.TABS
        ],
        "now": clock.now(),
        "may_open": viewer.has_perm(permissions.MEDIATE),
    }
    return render(request, "governance/dispute_list.html", context)


@any_right(permissions.MEDIATE)
@require_http_methods(["GET", "POST"])
def dispute_new(request: HttpRequest) -> HttpResponse:
    """Registers a dispute with its parties."""
    actor = actor_of(request)
    own = centre_reads.own_centres(actor)
    form = DisputeForm(request.POST or None, centres=own)
    parties = PartyFormSet(request.POST or None, prefix="party")
    if request.method == "POST" and form.is_valid() and parties.is_valid():
        d = form.cleaned_data
        try:
            made = disputes.open_dispute(
                actor,
                centre_id=d["centre"].pk,
                new=disputes.NewDispute(
                    kind=d["kind"],
                    title=d["title"],
                    text=d["text"],
                    amount=d["amount"],
                    address=d["address"],
                    parties=parties_of(parties),
                ),
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已登记，编号 %s") % made.case.number)
            return redirect("governance:dispute", dispute_id=made.pk)
    context = {"form": form, "parties": parties, "has_centre": bool(own)}
    status = 422 if request.method == "POST" else 200
    return render(request, "governance/dispute_form.html", context, status=status)


@readers
@require_GET
def dispute_detail(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One dispute with all that happened and what the viewer may do."""
    dispute = reads.get_dispute(actor_of(request), dispute_id)
    return _page(request, dispute)


def _page(request: HttpRequest, dispute: Dispute, **shown: Any) -> HttpResponse:
    """The page; ``shown`` are forms that were refused, or parties in clear."""
    viewer = actor_of(request)
    may = permissions.can_mediate(viewer, dispute)
    context: dict[str, Any] = {
        "dispute": dispute,
        "case": dispute.case,
        "linked": reads.linked_disputes(viewer, dispute),
        "agreement": next((a for a in dispute.agreements.all() if a.voided_at is None), None),
        "late": reads.is_late(dispute, clock.now()),
        "may": may,
        "sees_case": visible_cases(viewer).filter(pk=dispute.case_id).exists(),
        "is_new": dispute.case.state == "assigned",
        "may_reveal": permissions.can_reveal(viewer, dispute),
        "purpose_form": PurposeForm(),
        "today": clock.today(),
    }
    if may:
        context |= _forms_of(dispute)
    context |= shown
    refused = [form for form in shown.values() if isinstance(form, forms.Form)]
    return render(request, "governance/dispute_detail.html", context, status=status_of(*refused))


def _forms_of(dispute: Dispute) -> dict[str, Any]:
    state = dispute.case.state
    found: dict[str, Any] = {}
    if state in {"assigned", "mediating"}:
        people = centre_reads.mediators_of(dispute.centre)
        found["mediators_form"] = MediatorsForm(people=people)
        found["pass_form"] = PassForm(centre=dispute.centre)
    if state == "mediating":
        found["session_form"] = SessionForm(
            dispute=dispute, initial={"held_at": clock.now().strftime("%Y-%m-%dT%H:%M")}
        )
        found["agreement_form"] = AgreementForm()
        found["conclude_form"] = ConcludeForm()
        agreement = next((a for a in dispute.agreements.all() if a.voided_at is None), None)
        if agreement is not None:
            done = {consent.party_id for consent in agreement.consents.all()}
            if len(done) < len(dispute.parties.all()):
                found["consent_form"] = ConsentForm(dispute=dispute, done=done)
    if any(visit.done_at is None for visit in dispute.follow_ups.all()):
        found["visit_form"] = VisitForm()
    return found


@any_right(permissions.MEDIATE)
@require_POST
def dispute_deed(request: HttpRequest, dispute_id: int, deed: str) -> HttpResponse:
    """Does one deed of the page; a refusal keeps what was typed."""
    dispute = reads.get_dispute(actor_of(request), dispute_id)
    if deed not in _DEEDS:
        raise Http404
    make, do, done = _DEEDS[deed]
    form = make(request, dispute)
    if form.is_valid():
        try:
            do(request, dispute, form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, done())
            return redirect("governance:dispute", dispute_id=dispute.pk)
    return _page(request, dispute, **{f"{deed}_form": form, "refused": form})


@any_right(permissions.REVEAL)
@require_POST
def dispute_reveal(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Shows the parties as they are, once, for a purpose."""
    dispute = reads.get_dispute(actor_of(request), dispute_id)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return _page(request, dispute, purpose_form=form)
    revealed = mediation.reveal_parties(
        actor_of(request), dispute_id=dispute.pk, purpose=form.cleaned_data["purpose"]
    )
    clear = [(party, revealed[party.pk]) for party in dispute.parties.all()]
    return _page(request, dispute, clear=clear)


@readers
@require_http_methods(["GET", "POST"])
def agreement_paper(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """The agreement as a paper: masked to read, in clear to print, for a purpose."""
    viewer = actor_of(request)
    agreement = reads.get_agreement(viewer, agreement_id)
    form = PurposeForm(request.POST or None)
    revealed: dict[int, dict[str, str]] = {}
    if request.method == "POST" and form.is_valid():
        revealed = mediation.reveal_parties(
            viewer, dispute_id=agreement.dispute_id, purpose=form.cleaned_data["purpose"]
        )
    consents = {consent.party_id: consent for consent in agreement.consents.all()}
    parties = [
        (party, revealed.get(party.pk), consents.get(party.pk))
        for party in agreement.dispute.parties.all()
    ]
    context = {
        "agreement": agreement,
        "dispute": agreement.dispute,
        "parties": parties,
        "terms": [line.strip() for line in agreement.terms.splitlines() if line.strip()],
        "in_clear": bool(revealed),
        "untouched": mediation.text_digest(agreement) == agreement.digest,
        "purpose_form": form,
        "may_reveal": permissions.can_reveal(viewer, agreement.dispute),
    }
    status = status_of(form)
    return render(request, "governance/agreement_paper.html", context, status=status)


@readers
@require_GET
def dispute_results(request: HttpRequest) -> HttpResponse:
    """How disputes ended, by kind."""
    form = PeriodForm(request.GET)
    period = form.period()
    lines, total = reads.results(actor_of(request), period)
    form = PeriodForm(initial={"first": period.first, "last": period.last})
    context = {"form": form, "period": period, "lines": lines, "total": total}
    return render(request, "governance/dispute_results.html", context)


# --- The deeds of the page: form, service, words ---------------------------------------

Make = Callable[[HttpRequest, Dispute], forms.Form]
Do = Callable[[HttpRequest, Dispute, dict[str, Any]], Any]


def _mediators_form(request: HttpRequest, dispute: Dispute) -> forms.Form:
    return MediatorsForm(request.POST, people=centre_reads.mediators_of(dispute.centre))


def _consent_form(request: HttpRequest, dispute: Dispute) -> forms.Form:
    return ConsentForm(request.POST, request.FILES, dispute=dispute, done=set())


def _name_mediators(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    disputes.accept_dispute(
        actor_of(request),
        dispute_id=dispute.pk,
        chief_id=d["chief"].pk,
        helper_ids=[user.pk for user in d["helpers"]],
    )


def _record_session(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    mediation.record_session(
        actor_of(request),
        dispute_id=dispute.pk,
        held_at=d["held_at"],
        place=d["place"],
        present_ids=[int(pk) for pk in d["present"]],
        text=d["text"],
        outcome=SessionOutcome(d["outcome"]),
        next_on=d["next_on"],
    )


def _draw_up(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    mediation.draw_up_agreement(
        actor_of(request), dispute_id=dispute.pk, terms=d["terms"], perform_by=d["perform_by"]
    )


def _consent(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    agreement = dispute.agreements.get(voided_at__isnull=True)
    upload = d["file"]
    mediation.record_consent(
        actor_of(request),
        agreement_id=agreement.pk,
        party_id=int(d["party"]),
        way=ConsentWay(d["way"]),
        witness=d["witness"],
        file=store(upload, allow=frozenset({"image", "document"})) if upload else None,
    )


def _conclude(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    disputes.conclude_dispute(
        actor_of(request),
        dispute_id=dispute.pk,
        result=DisputeResult(d["result"]),
        note=d["note"],
    )


def _pass_on(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    target = d["target"]
    disputes.pass_dispute(
        actor_of(request),
        dispute_id=dispute.pk,
        direction=Direction.DOWN if target else Direction.UP,
        reason=d["reason"],
        target_id=target.pk if target else None,
    )


def _visit(request: HttpRequest, dispute: Dispute, d: dict[str, Any]) -> None:
    first = dispute.follow_ups.filter(done_at__isnull=True).order_by("due_on", "id")[0]
    mediation.record_visit(
        actor_of(request), follow_up_id=first.pk, found=Fulfilment(d["found"]), note=d["note"]
    )


_DEEDS: dict[str, tuple[Make, Do, Callable[[], str]]] = {
    "mediators": (_mediators_form, _name_mediators, lambda: _("已指派调解员")),
    "session": (
        lambda request, dispute: SessionForm(request.POST, dispute=dispute),
        _record_session,
        lambda: _("已记录本次调解"),
    ),
    "agreement": (
        lambda request, _dispute: AgreementForm(request.POST),
        _draw_up,
        lambda: _("已拟定协议，请登记各当事人的同意"),
    ),
    "consent": (_consent_form, _consent, lambda: _("已登记同意")),
    "conclude": (
        lambda request, _dispute: ConcludeForm(request.POST),
        _conclude,
        lambda: _("已登记调解结果"),
    ),
    "pass": (
        lambda request, dispute: PassForm(request.POST, centre=dispute.centre),
        _pass_on,
        lambda: _("已移交"),
    ),
    "visit": (
        lambda request, _dispute: VisitForm(request.POST),
        _visit,
        lambda: _("已登记回访"),
    ),
}
