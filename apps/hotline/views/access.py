"""Who may open the desk, and small conversions of what a browser sends."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.accounts.signed_in import actor_of
from apps.hotline import permissions

View = Callable[..., HttpResponse]


def agent_required(view: View) -> View:
    """Will let in only those who take calls."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        permissions.require_take_calls(actor_of(request))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def number_or_none(text: str | None) -> int | None:
    """Will give a whole number up to a database id, else None."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)


def token_or_none(text: str | None) -> uuid.UUID | None:
    """Will give the identity of a form, None for anything else."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
