"""Codes by text message: enrol the telephone, enter a code at the door and when asked again."""

from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.views import BaseReauthenticateView
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.accounts.assurance.demands import require
from apps.accounts.assurance.levels import factors_of
from apps.accounts.factors import phone
from apps.accounts.factors.forms import EnrolPhoneForm, PhoneCodeForm
from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.masking import mask_phone

SEND, REMOVE = "send", "remove"  # what a button of these pages asks for


@never_cache
@login_required
def sms_manage(request: HttpRequest) -> HttpResponse:
    """Enrols the number of the person's own file, or ends the codes to it.

    Asks as every page that changes a factor does: with the factors one has, else the password.
    """
    user = cast(User, request.user)
    if (asked := _ask_again(request, user)) is not None:
        return asked
    deed = request.POST.get("deed", "")
    if deed == REMOVE:
        phone.remove(user, user=user)
        messages.success(request, _("已停用短信验证码。"))
        return redirect("mfa_index")
    if deed == SEND:
        _send(request, lambda: phone.send_enrolment_code(user))
        return redirect("accounts:sms-manage")
    form = EnrolPhoneForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        phone.note_use(request, user, again=True)
        messages.success(request, _("已启用短信验证码。"))
        return redirect("mfa_index")
    factor = phone.find_factor(user)
    context = {
        "form": form,
        "factor": factor,
        "proved": mask_phone(factor.phone) if factor else "",
        "number": mask_phone(user.phone),
        "differs": bool(factor and user.phone and factor.phone != user.phone),
    }
    return render(request, "accounts/factors/sms_manage.html", context)


@never_cache
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
def sms_enter(request: HttpRequest) -> HttpResponse:
    """The step of signing in for whoever has nothing stronger than a telephone."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]  # set by the decorator
    user = cast(User, stage.login.user)
    factor = phone.find_factor(user)
    if factor is None or factors_of(user):  # a weaker way round a stronger factor is none
        return redirect("account_login")
    if request.POST.get("deed") == SEND:
        _send(request, lambda: phone.send_code(user))
        return redirect("accounts:sms-enter")
    form = PhoneCodeForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        phone.note_use(request, user, again=False)
        return cast(HttpResponse, stage.exit())
    context = {"form": form, "number": mask_phone(factor.phone), "submit": _("登录")}
    return render(request, "accounts/factors/sms_enter.html", context)


@method_decorator([never_cache, login_required], name="dispatch")
class SmsReauthenticate(BaseReauthenticateView):
    """The code once more, for whoever has nothing stronger; allauth keeps what was asked for."""

    form_class = PhoneCodeForm
    template_name = "accounts/factors/sms_enter.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("deed") == SEND:
            _send(request, lambda: phone.send_code(cast(User, request.user)))
            return redirect(request.get_full_path())
        return cast(HttpResponse, super().post(request, *args, **kwargs))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: PhoneCodeForm) -> HttpResponse:
        phone.note_use(self.request, cast(User, self.request.user), again=True)
        return cast(HttpResponse, super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        factor = phone.find_factor(cast(User, self.request.user))
        told = {"number": mask_phone(factor.phone if factor else ""), "submit": _("确认")}
        return super().get_context_data(**kwargs) | told


def _send(request: HttpRequest, deed: Any) -> None:
    try:
        deed()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("验证码已发送，5分钟内有效。"))


def _ask_again(request: HttpRequest, user: User) -> HttpResponse | None:
    """Who has a strong factor proves it (``factors.change``), others confirm as allauth asks."""
    if factors_of(user):
        require(request, "factors.change")
        return None
    try:
        raise_if_reauthentication_required(request, app="allauth.mfa")
    except ReauthenticationRequired:
        target = urlencode({"next": reverse("accounts:sms-manage")})
        return redirect(f"{reverse('account_reauthenticate')}?{target}")
    return None
