"""Shares and seconds as the call centre's pages write them."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def share(value: float | str | None) -> str:
    """Will give 95.1%, a dash without data (a template gives "" for what is not there)."""
    return f"{100 * value:.1f}%" if isinstance(value, int | float) else "—"


@register.filter
def lasting(seconds: float | str | None) -> str:
    """Will give 1:02:03 or 2:03, a dash without data."""
    if not isinstance(seconds, int | float):
        return "—"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter
def before(at: datetime, now: datetime) -> float:
    """Will give how many seconds a moment lies before another."""
    return (now - at).total_seconds()


@register.filter
def secs(seconds: float | str | None) -> str:
    """Will give 12.3 秒, a dash without data."""
    return _("%s 秒") % f"{seconds:.1f}" if isinstance(seconds, int | float) else "—"
