"""Between a sensitive act and its confirmation: keeps the request, takes it up again."""

from collections.abc import Callable
from http import HTTPStatus

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.assurance import tickets
from apps.accounts.assurance.demands import StepUpRequired, require
from apps.accounts.assurance.levels import factors_of
from apps.accounts.models import User
from apps.common.api.errors import problem_json
from apps.common.errors import DomainError, Refused

# Pages that cannot ask themselves: allauth's own, and the log's, which knows nothing of people.
ACT_OF_PAGE = {
    "audit:entry-export": "personal.export",
    "mfa_activate_totp": "factors.change",
    "mfa_deactivate_totp": "factors.change",
    "mfa_add_webauthn": "factors.change",
    "mfa_edit_webauthn": "factors.change",
    "mfa_remove_webauthn": "factors.change",
    "mfa_view_recovery_codes": "factors.change",
    "mfa_download_recovery_codes": "factors.change",
    "mfa_generate_recovery_codes": "factors.change",
}


class StepUpMiddleware:
    """Will lead a session that has proved too little to the confirmation, and back.

    A page: the request is kept and repeated once confirmed. Part of a page (htmx): told to go
    to the confirmation, and back to the page. A machine: a problem document with the demand.
    Stands after ``DomainErrorMiddleware``, so that it sees the refusal first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        demand = getattr(request, "step_up_demand", None)  # a page told it as any refusal
        return self._lead(request, demand) if demand is not None else response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        try:
            if request.method == "GET" and tickets.PARAMETER in request.GET:
                self._take_up(request)
            self._ask_for_page(request)
        except StepUpRequired as demand:
            return self._lead(request, demand)
        except DomainError as refusal:
            return refused_page(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return self._lead(request, exception) if isinstance(exception, StepUpRequired) else None

    def _take_up(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            token = request.GET[tickets.PARAMETER]
            tickets.restore(request, tickets.take_up(request, request.user, token=token))

    def _ask_for_page(self, request: HttpRequest) -> None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name not in ACT_OF_PAGE or not isinstance(request.user, User):
            return
        first = name.startswith("mfa_") and not factors_of(request.user)
        if not first:  # the first factor is enrolled with the password: there is nothing else
            require(request, ACT_OF_PAGE[name])
        if name == "mfa_remove_webauthn" and match:
            _keep_the_last(request.user, match.kwargs["pk"])

    def _lead(self, request: HttpRequest, demand: StepUpRequired) -> HttpResponse:
        request.step_up_demand = None  # type: ignore[attr-defined]  # led once
        if _is_machine(request):
            return problem_json(demand.status, demand.code, str(demand), data=demand.data)
        assert isinstance(request.user, User)
        token = tickets.open_ticket(request, request.user, act=demand.act)
        page = reverse("accounts:step-up", args=[token])
        if not getattr(request, "htmx", False):
            return redirect(page)
        answer = problem_json(demand.status, demand.code, str(demand), data=demand.data)
        answer["HX-Redirect"] = page
        return answer


def _keep_the_last(user: User, authenticator_id: int) -> None:
    """allauth asks its adapter about the application with codes, not about passkeys."""
    passkey = Authenticator.objects.filter(user=user, pk=authenticator_id).first()
    if passkey is not None and not get_adapter().can_delete_authenticator(passkey):
        raise Refused(
            _("您担任的角色须有第二因子，最后一种不能删除，请先登记另一种。"), code="last_factor"
        )


def refused_page(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Will say why a kept request is not taken up."""
    status = refusal.status if isinstance(refusal, Refused) else HTTPStatus.FORBIDDEN
    return render(
        request, "errors/refused.html", {"error": refusal, "back_url": "/"}, status=status
    )


def _is_machine(request: HttpRequest) -> bool:
    if getattr(request, "htmx", False):
        return False
    wants = request.headers.get("Accept", "")
    return (
        request.path.startswith("/api/")
        or "json" in (request.content_type or "")
        or ("json" in wants and "html" not in wants)
    )
