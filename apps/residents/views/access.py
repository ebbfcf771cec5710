"""Who may open the pages of public accounts."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.residents import permissions

View = Callable[..., HttpResponse]


def reader_required(view: View) -> View:
    """Will let in only those who read or keep public accounts."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not permissions.can_view(actor_of(request)):
            raise NotAllowed(_("需要“查看公众账户”权限"))
        return view(request, *args, **kwargs)

    return cast(View, guarded)
