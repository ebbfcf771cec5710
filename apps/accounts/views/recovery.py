"""A lost second factor: the person asks, an administrator confirms, the person enrols again."""

from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.accounts import permissions, services
from apps.accounts.adapters import attempt_of
from apps.accounts.assurance import demands, lists, recovery
from apps.accounts.assurance.enforcement import REENROLLING_KEY
from apps.accounts.assurance.models import FactorRecovery, RecoveryState
from apps.accounts.assurance.stages import EnrolmentCodeStage
from apps.accounts.forms import ConfirmRecoveryForm, EnrolmentCodeForm, RecoveryForm
from apps.accounts.models import User
from apps.accounts.views._common import UserRequest, people_page, refused
from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.common.errors import DomainError, NotAllowed, TooMany

ASKED_PER_HOUR = 10  # from one address


@never_cache
def recovery_ask(request: HttpRequest) -> HttpResponse:
    """Answers the same to everybody: whether there is such an account is not told."""
    form = RecoveryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = client_address(request) or ""
        ratelimit.hit("factor.recovery", address, limit=ASKED_PER_HOUR, per_seconds=3600)
        recovery.ask(**form.cleaned_data)
        return render(request, "accounts/assurance/recovery_asked.html")
    return render(request, "accounts/assurance/recovery_ask.html", {"form": form})


@never_cache
@login_stage_required(stage=EnrolmentCodeStage.key, redirect_urlname="account_login")
def enrolment_code(request: HttpRequest) -> HttpResponse:
    """The step of signing in at which the code handed over is given."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]  # set by the decorator
    user = cast(User, stage.login.user)
    form = EnrolmentCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt = attempt_of(user.username, second_factor=True)
        try:
            services.begin_attempt(attempt)
            recovery.enter_code(user, code=form.cleaned_data["code"])
        except TooMany as error:
            refused(form, error)
        except DomainError as error:
            services.note_failure(attempt, user=user)
            refused(form, error)
        else:
            services.note_success(attempt)
            request.session[REENROLLING_KEY] = True
            return cast(HttpResponse, stage.exit())
    return render(request, "accounts/assurance/enrolment_code.html", {"form": form})


@people_page
def recovery_list(request: UserRequest) -> HttpResponse:
    """Who lost a factor, for the administrators who unlock accounts."""
    _require_helper(request)
    context = {
        "waiting": lists.list_recoveries(request.user, waiting=True),
        "decided": lists.list_recoveries(request.user, waiting=False)[:20],
    }
    return render(request, "accounts/assurance/recovery_list.html", context)


@never_cache
@people_page
def recovery_detail(request: UserRequest, pk: int) -> HttpResponse:
    """Confirm in person, hand over a code, or refuse."""
    _require_helper(request)
    found = lists.get_recovery(request.user, pk)
    form = ConfirmRecoveryForm(request.POST or None)
    if request.method == "POST":
        demands.require(request, "credentials.reset")
        if request.POST.get("deed") == "renew":
            return _hand_over(request, found, recovery.renew_code(request.user, recovery_id=pk))
        if form.is_valid():
            try:
                if request.POST.get("deed") == "refuse":
                    note = form.cleaned_data["note"]
                    recovery.refuse(request.user, recovery_id=pk, note=note)
                    return redirect("accounts:recovery-list")
                code = recovery.confirm(request.user, recovery_id=pk, **form.cleaned_data)
            except DomainError as error:
                refused(form, error)
            else:
                return _hand_over(request, found, code)
    context = {
        "recovery": found,
        "form": form,
        "is_waiting": found.state == RecoveryState.ASKED,
        "may_renew": found.state in recovery.UNFINISHED,
        "is_own": found.user_id == request.user.pk,
    }
    return render(request, "accounts/assurance/recovery_detail.html", context)


def _hand_over(request: UserRequest, found: FactorRecovery, code: str) -> HttpResponse:
    context = {"recovery": found, "code": code, "hours": recovery.CODE_LIFE.total_seconds() // 3600}
    return render(request, "accounts/assurance/recovery_code.html", context)


def _require_helper(request: UserRequest) -> None:
    if not permissions.unlocks_anywhere(request.user):
        raise NotAllowed(_("只有安全管理员可以核实身份。"))
