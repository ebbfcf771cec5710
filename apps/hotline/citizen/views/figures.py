"""The hotline in figures, for everybody (HL-05)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common.periods import CHOICES
from apps.hotline.citizen import selectors
from apps.hotline.statistics.selectors.public import LEAST, PublicLine

DAYS = 30


@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """Will show how much came in and how it went: 7, 30 or 90 days."""
    tenant = selectors.public_tenant()
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(choice) for choice in CHOICES} else DAYS
    found = selectors.book_of(tenant, days)
    titles = {"classes": _("按类别"), "districts": _("按区县"), "channels": _("按渠道")}
    tables = [(code, titles[code], getattr(found, code)) for code in titles]
    context = {
        "tenant": tenant,
        "book": found,
        "choices": [(choice, choice == days) for choice in CHOICES],
        "least": LEAST,
        "trend": _trend(found.days),
        "day_columns": [
            {"key": "day", "label": _("日期")},
            {"key": "received", "label": _("收到"), "is_number": True},
        ],
        "day_rows": [{"day": day.isoformat(), "received": n} for day, n in found.days],
        "tables": [(code, title, _bars(lines), lines) for code, title, lines in tables if lines],
        "line_columns": [
            {"key": "label", "label": _("项目")},
            {"key": "received", "label": _("收到"), "is_number": True},
            {"key": "closed", "label": _("其中办结"), "is_number": True},
        ],
    }
    return render(request, "citizen/figures.html", context)


def _trend(days: list[tuple[Any, int]]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day, _n in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"name": _("收到"), "type": "line", "data": [n for _day, n in days]}],
    }


def _bars(lines: list[PublicLine]) -> dict[str, Any]:
    shown = lines[::-1]
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": [line.label for line in shown]},
        "series": [
            {"name": _("收到"), "type": "bar", "data": [line.received for line in shown]},
            {"name": _("其中办结"), "type": "bar", "data": [line.closed for line in shown]},
        ],
    }
