"""The buttons beside a form: there only for whom an assistant is on."""

from typing import Any

from django import template

from apps.assist.enums import AssistKind
from apps.assist.selectors import kinds_for

register = template.Library()


@register.inclusion_tag("assist/_entry.html", takes_context=True)
def assist_entry(context: template.Context, place: str, **fields: str) -> dict[str, Any]:
    """Will show the buttons. fields: which field of the form takes which

    value, by its id; "text" has a recording offered, "name" an identity card."""
    kinds = _kinds(context)
    return {
        "place": place,
        "fields": fields,
        "speech": "text" in fields and AssistKind.SPEECH in kinds,
        "card": "name" in fields and AssistKind.CARD in kinds,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def may_draft(context: template.Context) -> bool:
    """Will tell whether a language model is on for whoever looks."""
    return AssistKind.TEXT in _kinds(context)


@register.simple_tag(takes_context=True)
def may_read_tables(context: template.Context) -> bool:
    """Will tell whether tables can be read from pictures for whoever looks."""
    return AssistKind.TABLE in _kinds(context)


def _kinds(context: template.Context) -> list[AssistKind]:
    """Asked once for a page, however many buttons stand on it."""
    request = context["request"]
    if not hasattr(request, "assist_kinds"):
        request.assist_kinds = kinds_for(request.user)
    found: list[AssistKind] = request.assist_kinds
    return found
