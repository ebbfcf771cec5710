"""What pages of other apps show of a decision: ``{% load rules_tags %}``."""

from django import template

from apps.rules import selectors
from apps.rules.models import Decision

register = template.Library()


@register.filter
def told(decision: Decision) -> str:
    """Will give the reason of a decision in one sentence, in the language of the page."""
    return selectors.told(decision)
