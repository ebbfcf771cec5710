"""Confirming who one is before a sensitive act, and the page that says what is sensitive."""

from typing import Any, cast

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts import permissions, selectors
from apps.accounts.assurance import acts, demands, enforcement, levels, recovery, roles, tickets
from apps.accounts.assurance.acts import Act
from apps.accounts.assurance.levels import Method
from apps.accounts.assurance.models import StepUpTicket
from apps.accounts.factors import phone
from apps.accounts.factors.forms import CardForm, PhoneCodeForm
from apps.accounts.forms import ConfirmCodeForm, ConfirmForm, ProofForm
from apps.accounts.models import Role, User
from apps.accounts.views._common import UserRequest, people_page, refused
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed

WAITING_KEY = "step_up_waiting"
SEND_CODE = "sms-send"  # what a button of the page asks for


@never_cache
@login_required
def step_up(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for a named method, then takes the kept request up where it stopped."""
    user = cast(User, request.user)
    ticket = tickets.find_ticket(request, user, token=token)
    act = acts.act_of(ticket.act)
    if levels.level_of(request).satisfies(act, clock.now()):
        return _onwards(request, ticket, act, token)
    methods = levels.methods_for(act, user)
    request.session[WAITING_KEY] = {"token": token, "act": act.code}
    if request.POST.get("method") == SEND_CODE and Method.SMS in methods:
        return _send_code(request, user)
    forms = _forms(request, user, methods)
    given = forms.get(request.POST.get("method", "")) if request.method == "POST" else None
    if given is not None and given.is_valid():
        _prove(request, user, given)
        if levels.level_of(request).satisfies(act, clock.now()):
            _note(user, act, request.POST["method"])
            return _onwards(request, ticket, act, token)
        given.add_error(None, _("这种方式的级别不够，请换一种。"))
    context = {
        "act": act,
        "ticket": ticket,
        "sentence": demands.sentence(act, levels.level_of(request), user),
        "proofing_short": act.level > levels.best_level(user.proofing_level),
        "forms": forms,
    }
    if Method.PASSKEY in methods:
        context["js_data"] = {"request_options": begin_authentication(user)}
    return render(request, "accounts/assurance/step_up.html", context)


def _forms(request: HttpRequest, user: User, methods: set[Method]) -> dict[str, Any]:
    chosen = request.POST.get("method", "") if request.method == "POST" else ""

    def data(method: Method) -> Any:
        return request.POST if chosen == method else None

    found: dict[str, Any] = {}
    if Method.PASSKEY in methods:
        found["webauthn"] = ReauthenticateWebAuthnForm(data(Method.PASSKEY), user=user)
    if Method.CODE in methods:
        found["totp"] = ConfirmCodeForm(data(Method.CODE), user=user)
    if Method.PASSWORD in methods:
        found["password"] = ConfirmForm(data(Method.PASSWORD), user=user)
    if Method.CERTIFICATE in methods:
        found["certificate"] = CardForm(data(Method.CERTIFICATE), request=request, user=user)
    if Method.SMS in methods:
        found["sms"] = PhoneCodeForm(data(Method.SMS), user=user)
    return found


def _send_code(request: HttpRequest, user: User) -> HttpResponse:
    try:
        phone.send_code(user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("验证码已发送，5分钟内有效。"))
    return redirect(request.path)


def _prove(request: HttpRequest, user: User, form: Any) -> None:
    if isinstance(form, ConfirmForm):
        reauthenticate_by_password(request)
    else:
        form.save()


def _note(user: User, act: Act, method: str) -> None:
    record(
        user,
        "step_up.confirmed",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data={"act": act.code, "method": method},
    )


def _onwards(request: HttpRequest, ticket: StepUpTicket, act: Act, token: str) -> HttpResponse:
    request.session.pop(WAITING_KEY, None)
    target = tickets.address_of(ticket, token)
    if not ticket.replays:
        messages.success(request, _("身份已确认，请再次提交刚才的操作。"))
        return redirect(target)
    if act.is_download:
        context = {"target": target, "back_url": ticket.return_to, "act": act}
        return render(request, "accounts/assurance/step_up_done.html", context)
    return redirect(target)


@login_required
def factor_due(request: HttpRequest) -> HttpResponse:
    """Says why somebody must enrol a second factor first, and leads there and back again."""
    user = cast(User, request.user)
    if not enforcement.must_enrol(request, user):
        return redirect(request.session.pop(enforcement.INTERRUPTED_KEY, "portal:home"))
    context = {"roles": enforcement.roles_requiring(user)}
    return render(request, "accounts/assurance/factor_due.html", context)


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """What is sensitive here, what it needs, and which roles must have a second factor."""
    user = cast(User, request.user)
    may_see = permissions.can_open_people(user)
    context = {
        "acts": acts.list_acts(),
        "is_on": acts.is_on(),
        "present": levels.level_of(request),
        "standing": demands.standing(levels.level_of(request)),
        "may_see": may_see,
        "may_edit": roles.can_set_requirement(user),
        "roles": selectors.list_roles() if may_see else [],
        "lacking": enforcement.holders_without_factor() if may_see else [],
    }
    return render(request, "accounts/assurance/overview.html", context)


@people_page
@require_POST
def role_requirement(request: UserRequest, pk: int) -> HttpResponse:
    demands.require(request, "rights.change")
    required = request.POST.get("required") == "1"
    roles.set_requirement(request.user, role=get_object_or_404(Role, pk=pk), required=required)
    messages.success(request, _("已保存。"))
    return redirect("accounts:assurance")


@people_page
def person_proof(request: UserRequest, pk: int) -> HttpResponse:
    """How a person's identity was proved, noted by an administrator who unlocks accounts."""
    person = selectors.get_user(request.user, pk)
    if not permissions.can_unlock(request.user, person.tenant_id):
        raise NotAllowed(_("只有安全管理员可以核实身份。"))
    form = ProofForm(request.POST or None, initial={"method": person.proofing_method})
    if request.method == "POST" and form.is_valid():
        demands.require(request, "credentials.reset")
        try:
            recovery.prove_identity(request.user, user=person, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("accounts:person-detail", pk)
    context = {
        "form": form,
        "person": person,
        "title": _("身份核验：%(person)s") % {"person": person.full_name},
        "submit": _("保存"),
    }
    return render(request, "accounts/person_form.html", context)
