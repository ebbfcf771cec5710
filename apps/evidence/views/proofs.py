"""Checkpoints, verifications, witnesses, archives: is the log whole, and who says so."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.audit.forms import SearchForm
from apps.audit.selectors import Search, list_entries
from apps.common.errors import InvalidInput
from apps.evidence import acts, selectors, services
from apps.evidence.forms import WitnessForm
from apps.evidence.models import Archive, SigningKey, Verification, Witness
from apps.evidence.services import NewWitness
from apps.evidence.services.packages import MAX_ENTRIES
from apps.evidence.views.access import READ_AUDIT, holders_of

PER_PAGE = 30
SHOWN = 8


@holders_of(READ_AUDIT)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """How the evidence stands: the last verification, the newest checkpoints."""
    done = Verification.objects.exclude(finished_at=None)
    last = done.first()
    context = {
        "last": last,
        "faults": [selectors.fault_sentence(fault) for fault in (last.faults if last else [])],
        "waiting": Verification.objects.filter(finished_at=None).first(),
        "verifications": done[:SHOWN],
        "checkpoints": selectors.list_checkpoints()[:SHOWN],
        "open_rows": selectors.list_row_findings().filter(ended_at=None).count(),
    }
    return render(request, "evidence/overview.html", context)


@holders_of(READ_AUDIT)
@require_GET
def checkpoint_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.list_checkpoints(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "evidence/checkpoint_list.html", {"page": page})


@holders_of(READ_AUDIT)
@require_GET
def checkpoint_detail(request: HttpRequest, number: int) -> HttpResponse:
    checkpoint = selectors.get_checkpoint(number)
    return render(request, "evidence/checkpoint_detail.html", {"checkpoint": checkpoint})


@holders_of(READ_AUDIT)
@require_POST
def checkpoint_make(request: HttpRequest) -> HttpResponse:
    """Signs the log as it is now; refuses where it does not fit."""
    audit.seal_entries()
    checkpoint = services.make_checkpoint(actor_of(request))
    messages.success(request, _("已签发检查点 %s") % checkpoint)
    return redirect("evidence:checkpoint-detail", number=checkpoint.number)


@holders_of(READ_AUDIT)
@require_POST
def verification_ask(request: HttpRequest) -> HttpResponse:
    services.ask_verification(actor_of(request))
    messages.success(request, _("已开始核验，完成后在此显示结果"))
    return redirect("evidence:overview")


@holders_of(READ_AUDIT)
@require_GET
def verification_detail(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(Verification, pk=pk)
    context = {"run": run, "faults": [selectors.fault_sentence(fault) for fault in run.faults]}
    return render(request, "evidence/verification_detail.html", context)


@holders_of(READ_AUDIT)
@never_cache
@require_GET
def package(request: HttpRequest) -> HttpResponse:
    """The entries found by the audit page's search as a proof package."""
    form = SearchForm(request.GET)
    search = Search(**form.cleaned_data) if form.is_valid() else Search()
    found = list_entries(search).values_list("pk", flat=True)[: MAX_ENTRIES + 1]
    content = services.build_package(actor_of(request), entry_ids=list(found))
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="citybrain-evidence.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@holders_of("evidence.rotate_key")
@require_POST
def key_rotate(request: HttpRequest) -> HttpResponse:
    """Asks a second person to agree that the key is replaced."""
    require(request, "secret.issue")
    actor = actor_of(request)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写申请理由"))
        return redirect("evidence:witness-list")
    change = approvals.file_change(
        actor, proposal=acts.rotation(actor), reason=form.cleaned_data["reason"]
    )
    messages.success(request, _("已提交，由另一人复核后更换"))
    return redirect("accounts:approval-detail", pk=change.pk)


@holders_of(READ_AUDIT, "evidence.manage_witnesses")
@require_http_methods(["GET", "POST"])
def witness_list(request: HttpRequest) -> HttpResponse:
    """The witnesses, our keys, and a form for a new witness."""
    actor = actor_of(request)
    may_manage = actor.has_perm("evidence.manage_witnesses")
    form = WitnessForm(request.POST or None, clients=selectors.list_witness_clients(actor))
    if request.method == "POST" and form.is_valid():
        try:
            services.register_witness(actor, new=NewWitness(**form.cleaned_data))
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已登记见证方"))
            return redirect("evidence:witness-list")
    context = {
        "witnesses": Witness.objects.select_related("client"),
        "keys": SigningKey.objects.order_by("-pk"),
        "form": form if may_manage else None,
        "rotate_form": ReasonForm() if actor.has_perm("evidence.rotate_key") else None,
    }
    status = 422 if form.errors else 200
    return render(request, "evidence/witness_list.html", context, status=status)


@holders_of("evidence.manage_witnesses")
@require_POST
def witness_end(request: HttpRequest, pk: int) -> HttpResponse:
    services.end_witness(actor_of(request), witness_id=pk)
    messages.success(request, _("已停用，其既有见证仍然有效"))
    return redirect("evidence:witness-list")


@holders_of(READ_AUDIT)
@require_GET
def month_list(request: HttpRequest) -> HttpResponse:
    """What the log has of each month, and the archives."""
    context = {"months": selectors.list_months(), "due": selectors.months_to_archive()}
    return render(request, "evidence/month_list.html", context)


@holders_of(READ_AUDIT)
@require_POST
def month_archive(request: HttpRequest, year: int, month: int) -> HttpResponse:
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        return redirect("evidence:month-list")
    archive: Archive = services.make_archive(actor_of(request), month_on=date(year, month, 1))
    messages.success(
        request, _("已归档 %(month)s：%(rows)d 条") % {"month": archive, "rows": archive.rows}
    )
    return redirect("evidence:month-list")
