"""What the pages of this app share: who looks, with which right, at which month."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.appraisal.enums import Cause, Indicator
from apps.appraisal.forms import MonthForm, last_month
from apps.appraisal.reckoning import Rate
from apps.appraisal.reckoning.scoring import INDICATORS

View = Callable[..., HttpResponseBase]


def month_asked(request: HttpRequest) -> date:
    """Will give the month of the address; the last one where none was asked for."""
    form = MonthForm(request.POST or request.GET)
    if form.is_valid() and 2000 <= form.cleaned_data["month"].year <= 2100:
        month: date = form.cleaned_data["month"]
        return month
    return last_month()


def ranking_url(month: date, **more: str) -> str:
    """Will give the address of a month's ranking."""
    return f"{reverse('appraisal:ranking')}?{urlencode({'month': f'{month:%Y-%m}', **more})}"


def shown_rates(rates: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Will give the four rates with their words, percent and what they were made of."""
    found = []
    for code in INDICATORS:
        rate = Rate(*rates.get(code, (0, 0)))
        found.append(
            {
                "code": code,
                "label": Indicator(code).label,
                "percent": rate.percent,
                "good": rate.good,
                "due": rate.due,
                "is_time": code in {"online", "recording"},
            }
        )
    return found


def cause_label(code: str) -> str:
    """Will give the word of a cause as kept in sums: planned, unknown, or one of ``Cause``."""
    more = {"planned": _("计划内"), "unknown": _("无法判明"), "": _("原因待定")}
    return str(more[code]) if code in more else str(Cause(code).label)


def duration(seconds: int) -> str:
    """Will say a length of time: 3 天 4 小时, 25 分."""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return _("%(days)d 天 %(hours)d 小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minutes}
    return _("%d 分") % minutes if minutes else _("%d 秒") % left
