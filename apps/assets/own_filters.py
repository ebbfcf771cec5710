"""Narrowing the register by the fields of one class: what is asked, and what it comes to."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.assets.own_fields import Entry
from apps.assets.selectors import Answered
from apps.common.forms_data.shape import choices_of

PREFIX = "own_"


def narrowing(entry: Entry) -> dict[str, forms.Field]:
    """Will give the fields that narrow by this one: a choice, a text, or from and to."""
    name, label = f"{PREFIX}{entry['name']}", entry["label"]
    match entry["type"]:
        case "choice" | "multichoice":
            choices = [("", _("全部")), *choices_of(entry)]
            return {name: forms.ChoiceField(label=label, choices=choices, required=False)}
        case "boolean":
            choices = [("", _("全部")), ("1", _("是")), ("0", _("否"))]
            return {name: forms.ChoiceField(label=label, choices=choices, required=False)}
        case "integer" | "decimal":
            return _between(name, label, lambda said: forms.FloatField(label=said, required=False))
        case "date":
            widget = forms.DateInput(attrs={"type": "date"})
            return _between(
                name, label, lambda said: forms.DateField(label=said, required=False, widget=widget)
            )
        case _:
            return {name: forms.CharField(label=label, required=False, max_length=60)}


def narrowed(entry: Entry, given: Mapping[str, Any]) -> Answered | None:
    """Will give what things must answer to this field, None where nothing was asked."""
    own, name = f"{PREFIX}{entry['name']}", entry["name"]
    match entry["type"]:
        case "choice" | "multichoice":
            return Answered(name, has=given[own]) if given.get(own) else None
        case "boolean":
            return Answered(name, has=given[own] == "1") if given.get(own) else None
        case "integer" | "decimal" | "date":
            low, high = (_plain(given.get(f"{own}_{end}")) for end in ("from", "to"))
            return None if low is None and high is None else Answered(name, low=low, high=high)
        case _:
            text = (given.get(own) or "").strip()
            return Answered(name, contains=text) if text else None


def _between(name: str, label: str, field: Any) -> dict[str, forms.Field]:
    return {
        f"{name}_from": field(_("%(label)s自") % {"label": label}),
        f"{name}_to": field(_("%(label)s至") % {"label": label}),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
