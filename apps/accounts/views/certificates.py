"""Certificates: sign in with one, confirm with one, keep one's own, register a person's."""

from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.contrib.auth import logout as sign_out
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts import permissions, selectors
from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.assurance.demands import require
from apps.accounts.assurance.levels import live_certificates
from apps.accounts.assurance.stages import BY_CERTIFICATE
from apps.accounts.factors import acts, certificates
from apps.accounts.factors.checking import is_offered
from apps.accounts.factors.forms import CardForm, EndCardForm, RegisterCardForm
from apps.accounts.models import Certificate, User
from apps.accounts.views._common import UserRequest, people_page, refused
from apps.common.errors import DomainError, NotAllowed


@never_cache
def certificate_sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in by card alone: the card and its PIN are two factors, and name the account."""
    if not is_offered():
        raise Http404
    form = CardForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        found = form.certificate_found
        if request.user.is_authenticated:  # somebody else in this browser: out first
            sign_out(request)
        certificates.note_use(request, found.user, found)
        login = Login(
            user=found.user,
            email_verification="none",
            redirect_url=_ours(request),
            state={BY_CERTIFICATE: True},
        )
        return cast(HttpResponse, perform_login(request, login))
    return _entrance(request, form, submit=_("登录"))


@never_cache
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
def certificate_enter(request: HttpRequest) -> HttpResponse:
    """The step after the password, for whoever has a card."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]  # set by the decorator
    user = cast(User, stage.login.user)
    if not live_certificates(user).exists():
        return redirect("account_login")
    form = CardForm(request.POST or None, request=request, user=user)
    if request.method == "POST" and form.is_valid():
        certificates.note_use(request, user, form.certificate_found)
        return cast(HttpResponse, stage.exit())
    return _entrance(request, form, submit=_("登录"))


@method_decorator([never_cache, login_required], name="dispatch")
class CertificateReauthenticate(BaseReauthenticateView):
    """The card once more; allauth keeps what was asked for."""

    form_class = CardForm
    template_name = "accounts/factors/certificate_enter.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        own = {"request": self.request, "user": self.request.user}
        return super().get_form_kwargs() | own

    def form_valid(self, form: CardForm) -> HttpResponse:
        form.save()
        return cast(HttpResponse, super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"submit": _("确认")}


@login_required
def own_certificates(request: HttpRequest) -> HttpResponse:
    """The person's own cards, to be stopped when one is lost."""
    user = cast(User, request.user)
    context = {
        "certificates": certificates.list_certificates(user),
        "live": {found.pk for found in live_certificates(user)},
        "is_offered": is_offered(),
    }
    return render(request, "accounts/factors/certificate_list.html", context)


@people_page
def person_certificates(request: UserRequest, pk: int) -> HttpResponse:
    """A person's cards; another may be registered here, for a second person to check."""
    person = selectors.get_user(request.user, pk)
    if not permissions.can_unlock(request.user, person.tenant_id):
        raise NotAllowed(_("只有安全管理员可以登记数字证书。"))
    form = RegisterCardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        require(request, "credentials.reset")
        try:
            proposal = acts.binding(user=person, certificate=form.cleaned_data["certificate"])
            reason = form.cleaned_data["reason"]
            change = approvals.file_change(request.user, proposal=proposal, reason=reason)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已提交，由另一人复核后生效。"))
            return redirect("accounts:approval-detail", change.pk)
    context = {
        "person": person,
        "form": form,
        "certificates": certificates.list_certificates(person),
        "live": {found.pk for found in live_certificates(person)},
        "is_offered": is_offered(),
        "held": find_pending(act=acts.BIND, subject_id=person.pk),
    }
    return render(request, "accounts/factors/person_certificates.html", context)


@login_required
@require_POST
def certificate_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops a card: one's own, or that of somebody whose account one unlocks."""
    user = cast(User, request.user)
    form = EndCardForm(request.POST)
    found = Certificate.objects.filter(pk=pk).first()
    if found is None or not certificates.may_end(user, found):
        raise Http404
    if form.is_valid():
        certificates.end(user, certificate_id=pk, reason=form.cleaned_data["reason"])
        messages.success(request, _("已停用该证书。"))
    else:
        messages.error(request, _("请写明停用原因。"))
    if found.user_id == user.pk:
        return redirect("accounts:certificates")
    return redirect("accounts:person-certificates", found.user_id)


def _entrance(request: HttpRequest, form: CardForm, *, submit: str) -> HttpResponse:
    context = {"form": form, "submit": submit}
    return render(request, "accounts/factors/certificate_enter.html", context)


def _ours(request: HttpRequest) -> str | None:
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else None
