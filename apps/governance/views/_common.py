"""What the pages of this app share: who looks, with which of the rights."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.common.pages import tell

View = Callable[..., HttpResponseBase]


def any_right(*rights: str) -> Callable[[View], View]:
    """Will let in those who are signed in and hold one of these rights."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not any(actor_of(request).has_perm(right) for right in rights):
                raise NotAllowed(_("您没有查看该页面的权限"))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def status_of(*forms_shown: object) -> int:
    """Will give 422 where one of the forms was refused."""
    refused = any(
        getattr(form, "is_bound", False) and getattr(form, "errors", None) for form in forms_shown
    )
    return 422 if refused else 200


def number(text: str | None) -> int | None:
    """Will read a whole number of an address; None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def move_version(
    request: HttpRequest, deed: str, *, submit: Callable[[], Any], decide: Callable[[bool], Any]
) -> None:
    """Will submit, approve or send back a version and say so. Raises: Http404 (no such deed)."""
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "submit": (submit, _("已送审")),
        "approve": (lambda: decide(True), _("已发布")),
        "send-back": (lambda: decide(False), _("已退回编制人")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
