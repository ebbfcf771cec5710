"""The pages of public accounts: list, file, reveal, deeds, merger."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals import services as approvals
from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.common.pages import do_named, paged, tell
from apps.residents import permissions, selectors, services
from apps.residents.forms import AccountFilterForm, PurposeForm, ReasonForm
from apps.residents.merging import proposal_of
from apps.residents.models import PublicAccount
from apps.residents.views.access import reader_required

CHECKS_SHOWN = 20


@reader_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Search by a whole phone or a name; everything masked."""
    form = AccountFilterForm(request.GET)
    found = selectors.list_accounts(actor_of(request), **form.wanted())
    context = paged(request, found) | {"form": form}
    return render(request, "residents/account_list.html", context)


@reader_required
@require_GET
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account with its checks, devices, legal persons and who may be the same person."""
    actor = actor_of(request)
    account = selectors.get_account(actor, pk)
    context = {
        "account": account,
        "checks": account.checks.all()[:CHECKS_SHOWN],
        "devices": selectors.list_devices(account),
        "persons": selectors.list_own_persons(account),
        "agencies": selectors.list_own_agencies(account),
        "alike": selectors.list_alike(account),
        "may_manage": permissions.can_manage(actor, account.tenant_id),
        "purpose_form": PurposeForm(auto_id="reveal_%s"),
        "freeze_form": ReasonForm(auto_id="freeze_%s"),
        "unfreeze_form": ReasonForm(auto_id="unfreeze_%s"),
        "close_form": ReasonForm(auto_id="close_%s"),
    }
    return render(request, "residents/account_detail.html", context)


@reader_required
@never_cache
@require_POST
def account_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows name, phone and identity number after a purpose was given."""
    require(request, "personal.reveal")
    actor = actor_of(request)
    account = selectors.get_account(actor, pk)
    try:
        revealed = services.reveal_account(
            actor, account_id=pk, purpose=request.POST.get("purpose", "")
        )
    except (InvalidInput, Refused) as error:
        messages.error(request, str(error))
        return redirect("residents:account-detail", pk=pk)
    context = {"account": account, "revealed": revealed}
    return render(request, "residents/account_revealed.html", context)


@reader_required
@require_POST
def account_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Freezes, thaws or closes."""
    deeds: dict[str, tuple[Callable[..., PublicAccount], str]] = {
        "freeze": (services.freeze_account, _("账户已冻结，登录已全部结束")),
        "unfreeze": (services.unfreeze_account, _("账户已解冻")),
        "close": (services.close_account, _("账户已注销")),
    }
    do_named(request, deed, deeds, account_id=pk, reason=request.POST.get("reason", ""))
    return redirect("residents:account-detail", pk=pk)


@reader_required
@require_POST
def device_end(request: HttpRequest, pk: int, session: int) -> HttpResponse:
    """Signs a citizen out on one device."""
    tell(
        request,
        lambda: services.end_device(actor_of(request), account_id=pk, session_id=session),
        done=_("已结束该设备的登录"),
    )
    return redirect("residents:account-detail", pk=pk)


@reader_required
@require_http_methods(["GET", "POST"])
def account_merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Shows what merging ``other`` into ``pk`` would do, and files it for a second person."""
    actor = actor_of(request)
    try:
        plan = services.plan_merge(actor, kept_id=pk, dropped_id=other)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("residents:account-detail", pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect("accounts:approval-detail", _file(actor, plan, form))
        except (NotFound, NotAllowed):
            raise
        except DomainError as error:
            form.add_error("reason" if error.field == "reason" else None, str(error))
    context = {"plan": plan, "form": form}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "residents/account_merge.html", context, status=status)


def _file(actor: User, plan: services.MergePlan, form: ReasonForm) -> int:
    reason = form.cleaned_data["reason"]
    proposal = proposal_of(actor, plan, reason=reason)
    return approvals.file_change(actor, proposal=proposal, reason=reason).pk
