"""Who may look, and what every page here reads from its address."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.exports import Column, xlsx_response
from apps.common.periods import Period, last_days, parse
from apps.figures import selectors

View = Callable[..., HttpResponseBase]


def guarded(view: View) -> View:
    """Lets in those who hold the permission by a post of today; passes the viewer."""

    @login_required
    @require_GET
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        viewer = cast(User, request.user)
        if not viewer.has_perm(selectors.PERMISSION):
            raise NotAllowed(_("您没有查看办件统计的权限"))
        return view(request, viewer, *args, **kwargs)

    return inner


def period_of(request: HttpRequest) -> tuple[Period, str]:
    """Will read the period asked for; where it is wrong the last 30 days, and why it is."""
    asked = {name: request.GET.get(name, "") for name in ("days", "first", "last")}
    try:
        return parse(**asked), ""
    except InvalidInput as error:
        return last_days(30), str(error)


def matter_of(request: HttpRequest) -> str:
    """Will read the matter asked for; what is none of the list means all of them."""
    asked = request.GET.get("matter", "")
    return asked if asked in dict(selectors.list_matters()) else ""


def number(text: str | None) -> int | None:
    """Will read a key from an address; rubbish means none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def day(text: str | None) -> date | None:
    """Will read a date from an address; rubbish means none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def query_of(period: Period, **more: str) -> str:
    """Will write a period, and what narrows it, for an address."""
    span = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return urlencode(span | {name: value for name, value in more.items() if value})


def rows_url(period: Period, **query: str) -> str:
    """Will give where the cases behind a figure are listed."""
    return f"{reverse('figures:cases')}?{query_of(period, **query)}"


def sheet(
    viewer: User, name: str, columns: list[Column], rows: list[Any], *, about: str
) -> HttpResponseBase:
    """Will give a table as xlsx and note who took it. about: of which period or area."""
    audit.record(
        viewer,
        "figures.exported",
        object_type="figures",
        object_id=name,
        object_label=about,
        data={"rows": len(rows)},
    )
    return xlsx_response(f"{name}.xlsx", columns, rows)
