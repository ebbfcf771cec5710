"""Answers in JSON for the page's own script; refusals keep their words and their status."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.api.errors import PROBLEM
from apps.common.errors import DomainError, NotAllowed

View = Callable[..., HttpResponse]


def viewer_of(request: HttpRequest) -> User:
    """Will give the signed-in person; the pages here are for people only."""
    assert isinstance(request.user, User)
    return request.user


def data_view(view: View) -> View:
    """Will answer a ``DomainError`` as a problem document, and a stranger with 403."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if not isinstance(request.user, User):
                raise NotAllowed(_("登录已过期，请重新登录"), code="not_authenticated")
            return view(request, *args, **kwargs)
        except DomainError as error:
            return problem(error)

    return answer


def problem(error: DomainError) -> JsonResponse:
    """Will give the problem document (RFC 9457) of a refusal."""
    body = {"status": error.status, "code": error.code, "detail": str(error)}
    if error.field:
        body["field"] = error.field
    return JsonResponse(body, status=error.status, content_type=PROBLEM)
