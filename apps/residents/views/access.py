"""Who may open the pages of public accounts."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.paging import page_of
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


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``reader_required`` only."""
    return cast(User, request.user)


def tell(request: HttpRequest, deed: Callable[[], object], *, done: str) -> None:
    """Will do a deed of a button and say how it ended.

    Raises: NotFound, NotAllowed (a page of their own).
    """
    try:
        deed()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def paged(request: HttpRequest, rows: Any) -> dict[str, Any]:
    """Will give a page of rows and the addresses of its neighbours."""
    page = page_of(rows, request.GET)
    query = request.GET.copy()
    query.pop("page", None)
    prefix = f"?{query.urlencode()}&page="
    return {
        "rows": page.items,
        "previous_url": f"{prefix}{page.number - 1}" if page.has_previous else "",
        "next_url": f"{prefix}{page.number + 1}" if page.has_next else "",
    }
