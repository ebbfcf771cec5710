"""The page behind the address in an SMS: two questions, answered once, without signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.audit.middleware import client_address
from apps.callbacks import services
from apps.callbacks.forms import LinkForm
from apps.common.errors import NotFound
from apps.common.pages import take


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Will ask, take one answer, and say so ever after. Raises: NotFound; TooMany."""
    link = services.find_link(token, address=client_address(request) or "")
    if link is None:
        raise NotFound(_("没有这个链接"))
    form = LinkForm(request.POST or None)
    if request.method == "POST" and services.is_open(link) and form.is_valid():
        given = form.answer({})
        done = take(form, lambda: services.answer_link(link_id=link.pk, answer=given))
        if done is not None:
            return _private(render(request, "callbacks/public_done.html", {"task": done}))
    if not services.is_open(link):
        return _private(render(request, "callbacks/public_spent.html", {"link": link}, status=410))
    context = {"form": form, "case": link.task.case, "link": link}
    status = 422 if form.errors else 200
    return _private(render(request, "callbacks/public_answer.html", context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Nothing of it is kept, and the token goes nowhere as a referrer."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response
