"""The buttons beside a form: there only for whom an assistant is on."""

from typing import Any

from django import template

from apps.assist.enums import AssistKind
from apps.assist.selectors import find_assistant_for

register = template.Library()


@register.inclusion_tag("assist/_entry.html", takes_context=True)
def assist_entry(context: template.Context, place: str, **fields: str) -> dict[str, Any]:
    """Will show the buttons. fields: which field of the form takes which

    value, by its id; "text" has a recording offered, "name" an identity card."""
    person = context["request"].user
    return {
        "place": place,
        "fields": fields,
        "speech": "text" in fields and find_assistant_for(person, AssistKind.SPEECH),
        "card": "name" in fields and find_assistant_for(person, AssistKind.CARD),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def may_draft(context: template.Context) -> bool:
    """Will tell whether a language model is on for whoever looks."""
    return find_assistant_for(context["request"].user, AssistKind.TEXT) is not None


@register.simple_tag(takes_context=True)
def may_read_tables(context: template.Context) -> bool:
    """Will tell whether tables can be read from pictures for whoever looks."""
    return find_assistant_for(context["request"].user, AssistKind.TABLE) is not None
