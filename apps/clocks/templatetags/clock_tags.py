"""What templates ask about time."""

from django import template

from apps.clocks.statement import minutes_text

register = template.Library()


@register.filter
def minutes(value: int) -> str:
    """Will write minutes of the ledger: "37 小时 30 分"."""
    return minutes_text(value)
