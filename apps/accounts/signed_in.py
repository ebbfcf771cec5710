"""The person behind a page's request."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotAllowed

View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` or a guard only."""
    assert isinstance(request.user, User), "the view lets in people who are not signed in"
    return request.user


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
