"""Who may open the pages of evidence."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed

View = Callable[..., HttpResponseBase]
READ_AUDIT = "audit.read_audit"
SEE_BOARD = "evidence.view_board"


def holders_of(*permissions: str) -> Callable[[View], View]:
    """Will let in only those who hold one of these permissions."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not any(actor_of(request).has_perm(permission) for permission in permissions):
                raise NotAllowed(_("您没有查看该页面的权限"))
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return guard
