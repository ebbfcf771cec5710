"""Who may open the pages of connectors and of clients."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.gateway.selectors import MANAGE
from apps.gateway.services.guarding import MANAGE_CLIENTS

View = Callable[..., HttpResponse]


def manager_required(view: View) -> View:
    """Will let in only those who manage connectors."""
    return _guarded(view, MANAGE, lambda: _("需要“管理对接系统”权限"))


def client_manager_required(view: View) -> View:
    """Will let in only those who manage clients."""
    return _guarded(view, MANAGE_CLIENTS, lambda: _("需要“管理接口客户端”权限"))


def _guarded(view: View, permission: str, refusal: Callable[[], Any]) -> View:
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not actor_of(request).has_perm(permission):
            raise NotAllowed(refusal())
        return view(request, *args, **kwargs)

    return cast(View, guarded)
