"""What the citizens' pages of this app share: the form's token, the person, the way back."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from apps.common.errors import DomainError
from apps.hotline.citizen import services as citizen
from apps.hotline.citizen import tokens
from apps.hotline.citizen.views import receiving
from apps.hotline.citizen.views.receiving import address_of, private


def problem_of(request: HttpRequest, token: str) -> DomainError | None:
    """Will count the form of the address and judge it as those of reports. Raises: TooMany."""
    citizen.count_form(address_of(request))
    return receiving.problem_of(request, token)


def carried(token: str) -> str:
    """Will give the token to send the form with: the same while it is good, else a new one."""
    return token if tokens.form_id(token, min_seconds=0) is not None else tokens.new_form()


def refusal(
    request: HttpRequest, template: str, context: Mapping[str, object], error: DomainError | None
) -> HttpResponse:
    """Will show a form again with what was refused; TooMany says when to come back."""
    status = error.status if error is not None and error.status == 429 else 422
    response = private(render(request, template, dict(context), status=status))
    if error is not None and (retry_after := error.data.get("retry_after")):
        response["Retry-After"] = str(retry_after)
    return response


def ask_phone(back: str) -> HttpResponse:
    """Will lead to the page that confirms a telephone, and from there back. back: a path."""
    return private(redirect(f"{reverse('opinions-public:phone')}?{urlencode({'next': back})}"))


def next_of(request: HttpRequest) -> str:
    """Will give where to go after it: a page of the citizens', nothing from outside."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/citizen/") else reverse("citizen:home")
