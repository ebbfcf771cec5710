"""Turns a domain error that reached the top of a page request into a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.common.errors import DomainError


class DomainErrorMiddleware:
    """Will answer a ``DomainError`` raised by a view with ``errors/refused.html``.

    REST views never get here: their own handler answers first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = "404.html" if exception.status == 404 else "errors/refused.html"
        return render(request, template, {"error": exception}, status=exception.status)
