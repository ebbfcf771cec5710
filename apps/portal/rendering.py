"""How the widgets of forms are drawn."""

from collections.abc import Iterator
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"


class FormRenderer(TemplatesSetting):
    """Draws lists to choose from by hand and everything else by its template.

    Django's template includes two more for each option, and the filters of a city have hundreds
    of them: half of the time a queue page took.
    """

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    """As Django's template draws it."""
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _place in widget["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{conditional_escape(group)}">')
        parts += _options(options)
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return mark_safe("".join(parts))


def _options(options: list[dict[str, Any]]) -> Iterator[str]:
    for option in options:
        value, label = map(conditional_escape, (str(option["value"]), option["label"]))
        yield f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>\n'


def _attributes(attributes: dict[str, Any]) -> str:
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )
