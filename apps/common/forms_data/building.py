"""From a definition to a Django form, and from what was typed to the values to keep."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.forms_data.fields import (
    CascadeBoxes,
    CascadeSelect,
    IdNumberField,
    PointField,
    RangedDateField,
    StoredFilesField,
)
from apps.common.forms_data.shape import (
    PHONE,
    Definition,
    choices_of,
    max_length_of,
    parents_of,
)

Entry = Mapping[str, Any]


class DataForm(forms.Form):
    """A form built from a definition; asks and requires only what is shown.

    ``entries`` holds the field entries by name. Values of fields not shown are dropped. Each
    conditional field says what it hangs on (``show_if``, "field=a,b", for the page's script),
    and ``shows`` whether it is shown with what has been typed so far, for pages without one.
    """

    entries: dict[str, Entry] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connect()

    def connect(self) -> None:
        """Will tell the fields of this form, under its prefix, what they hang on."""
        for name, entry in self.entries.items():
            field: Any = self.fields[name]
            if condition := entry.get("show_if"):
                values = ",".join(_as_sent(value) for value in condition["in"])
                field.show_if = f"{self.add_prefix(condition['field'])}={values}"
            if parent := entry.get("parent"):
                field.widget.attrs["data-cascade"] = self.add_prefix(parent)

    def shows(self, name: str) -> bool:
        """Will tell whether a field is shown with what the form holds now."""
        condition = self.entries.get(name, {}).get("show_if")
        if not condition:
            return True
        if not self.shows(condition["field"]):
            return False
        value = self[condition["field"]].value()
        held = {_as_sent(part) for part in (value if isinstance(value, list) else [value])}
        return bool(held & {_as_sent(part) for part in condition["in"]})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        shown: set[str] = set()
        for name, entry in self.entries.items():
            if not _is_shown(entry, cleaned, shown):
                cleaned.pop(name, None)
                self.errors.pop(name, None)
                continue
            shown.add(name)
            self._check_cascade(name, entry, cleaned)
            missing = name not in self.errors and _is_empty(cleaned.get(name))
            if entry.get("required") and missing:
                self.add_error(name, _("请填写“%(label)s”") % {"label": entry["label"]})
        return cleaned

    def _check_cascade(self, name: str, entry: Entry, cleaned: Mapping[str, Any]) -> None:
        parents, value = parents_of(entry), cleaned.get(name)
        if not parents:
            return
        chosen = value if isinstance(value, list) else [value] if value else []
        above = cleaned.get(entry.get("parent", ""))
        if any(parents.get(code) != above for code in chosen):
            self.add_error(name, _("所选内容不属于上一级选项，请重新选择"))

    def plain_data(self) -> dict[str, Any]:
        """Will give the cleaned values as plain JSON: dates and decimals as text."""
        return {n: _plain(value) for n, value in self.cleaned_data.items() if n in self.entries}


def build_form(definition: Definition) -> type[DataForm]:
    """Will build the form class of a checked definition; dictionary choices as of today.

    Each field has ``masked`` (whether viewers without the right see ``***``) and
    ``is_wanted`` (whether it is required where it is shown).
    """
    entries = {entry["name"]: entry for entry in definition.get("fields", [])}
    attributes: dict[str, Any] = {"entries": entries}
    for name, entry in entries.items():
        field: Any = _form_field(entry)
        field.masked = bool(entry.get("masked"))
        field.is_wanted = bool(entry.get("required"))
        if entry.get("masked"):
            field.widget.attrs["autocomplete"] = "off"
        attributes[name] = field
    return type("DefinedForm", (DataForm,), attributes)


def clean(definition: Definition, data: Mapping[str, Any]) -> dict[str, Any]:
    """Will check data against a checked definition and give the plain JSON values to keep.

    Unknown keys are dropped; files are named by their keys. Raises: InvalidInput (the first
    field at fault, named in the message; ``data`` of the error holds ``errors``: every field
    with its messages).
    """
    form = build_form(definition)(data=data)
    if not form.is_valid():
        messages = {name: [str(m) for m in found] for name, found in form.errors.items()}
        field = next(iter(messages))
        label, text = str(form.fields[field].label), messages[field][0]
        raise InvalidInput(
            text if label in text else f"{label}：{text}", field=field, data={"errors": messages}
        )
    return form.plain_data()


def initial_of(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Will give kept values as a form shows them to be changed."""
    times = {e["name"] for e in definition.get("fields", []) if e["type"] == "datetime"}
    return {
        name: datetime.fromisoformat(value) if name in times and value else value
        for name, value in values.items()
    }


def _is_shown(entry: Entry, cleaned: Mapping[str, Any], shown: set[str]) -> bool:
    condition = entry.get("show_if")
    if not condition:
        return True
    if condition["field"] not in shown:  # what it hangs on is itself hidden
        return False
    value = cleaned.get(condition["field"])
    values = value if isinstance(value, list) else [value]
    return any(part in condition["in"] for part in values)


def _is_empty(value: Any) -> bool:
    """Zero is an answer; an unticked box is not."""
    return value is None or value is False or value == "" or value == [] or value == {}


def _as_sent(value: Any) -> str:
    """A value as a browser sends it: a ticked box is "on"."""
    if value is True:
        return "on"
    return "" if value in (None, False) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _form_field(entry: Entry) -> forms.Field:
    common: dict[str, Any] = {
        "label": entry["label"],
        "help_text": entry.get("help", ""),
        "required": False,  # DataForm.clean requires it where it is shown
    }
    match entry["type"]:
        case "text":
            return forms.CharField(max_length=max_length_of(entry), **common)
        case "longtext":
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=max_length_of(entry), widget=area, **common)
        case "integer" | "decimal":
            return _number_field(entry, common)
        case "date":
            picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return RangedDateField(
                low=entry.get("min"), high=entry.get("max"), widget=picker, **common
            )
        case "datetime":
            moment = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
            return forms.DateTimeField(widget=moment, **common)
        case "choice" | "multichoice":
            return _choice_field(entry, common)
        case "boolean":
            return forms.BooleanField(**common)
        case "phone":
            phone = forms.RegexField(PHONE, max_length=30, **common)
            phone.error_messages["invalid"] = _("电话号码格式不对")
            phone.widget.attrs |= {"inputmode": "tel"}
            return phone
        case "id_number":
            return IdNumberField(**common)
        case "point":
            return PointField(**common)
        case _:
            return StoredFilesField(**common)


def _number_field(entry: Entry, common: dict[str, Any]) -> forms.Field:
    span: dict[str, Any] = {"min_value": entry.get("min"), "max_value": entry.get("max")}
    if entry["type"] == "integer":
        return forms.IntegerField(**span, **common)
    return forms.DecimalField(**span, **common, max_digits=18, decimal_places=6)


def _choice_field(entry: Entry, common: dict[str, Any]) -> forms.Field:
    parents = parents_of(entry)
    if entry["type"] == "multichoice":
        boxes = CascadeBoxes()
        boxes.parents = parents
        return forms.MultipleChoiceField(choices=choices_of(entry), widget=boxes, **common)
    select = CascadeSelect()
    select.parents = parents
    return forms.ChoiceField(choices=[("", "—"), *choices_of(entry)], widget=select, **common)
