"""Who may open the pages of the rates, and which month they ask for."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.hotline.rates.selectors import RATE_PERMISSIONS

FILE = "hotline.file_exclusions"
View = Callable[..., HttpResponseBase]


def rates_required(view: View) -> View:
    """Will let in those who read, write or rule on the rates."""
    return _guard(view, RATE_PERMISSIONS)


def exclusions_required(view: View) -> View:
    """Will let in those, and the units that apply for exclusions."""
    return _guard(view, (*RATE_PERMISSIONS, FILE))


def _guard(view: View, permissions: tuple[str, ...]) -> View:
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not any(actor_of(request).has_perm(p) for p in permissions):
            raise NotAllowed(_("您没有查看三率的权限"))
        return view(request, *args, **kwargs)

    return guarded


def month_asked(text: str | None) -> date:
    """Will read 2026-10; anything else is the current month."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return clock.today().replace(day=1)
    return found if 2000 <= found.year <= 2100 else clock.today().replace(day=1)


def neighbours(month: date) -> tuple[date, date]:
    """Will give the month before and the one after."""
    return (month - timedelta(days=1)).replace(day=1), (month + timedelta(days=32)).replace(day=1)


def number(text: str | None) -> int | None:
    """Will read a whole number of an address; None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)
