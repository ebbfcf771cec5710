"""Who may open the pages of connectors."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotAllowed
from apps.gateway.selectors import MANAGE

View = Callable[..., HttpResponse]


def manager_required(view: View) -> View:
    """Will let in only those who manage connectors."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not actor_of(request).has_perm(MANAGE):
            raise NotAllowed(_("需要“管理对接系统”权限"))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in user; behind ``login_required`` only."""
    return cast(User, request.user)
