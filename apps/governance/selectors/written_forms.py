"""Forms written in code, as the burden meter counts them: every class that asks people something.

Form classes know their subclasses, so a new form is counted without being told of. Left out are
what only narrows a list, and the forms of set-up, which no resident, firm or worker in the
street fills. Source: GR-12.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps as installed

from apps.common.forms_data import FilesWidget, PointField
from apps.governance.burden import AskedForm

#: Apps whose forms are filled by or for residents and firms, or by workers in the street.
COLLECTING = frozenset(
    {"assets", "fieldwork", "governance", "grid", "guides"}
    | {"hotline", "inspection", "registry", "residents"}
)
#: Ends of names of forms that narrow what is shown and ask nothing.
_NARROWING = ("FilterForm", "PeriodForm", "SearchForm", "ListForm", "SituationForm", "BoardForm")
_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    (PointField, "point"),
    (forms.FileField, "files"),
    (forms.BooleanField, "boolean"),
    (forms.MultipleChoiceField, "multichoice"),
    (forms.ModelMultipleChoiceField, "multichoice"),
    (forms.ChoiceField, "choice"),
    (forms.ModelChoiceField, "choice"),
    (forms.DateTimeField, "datetime"),
    (forms.DateField, "date"),
    (forms.FloatField, "decimal"),
    (forms.DecimalField, "decimal"),
    (forms.IntegerField, "integer"),
)


def written_forms() -> list[AskedForm]:
    """Will give the forms written in code that ask somebody something, by code."""
    found = {form.code: form for form in map(_asked_form, _collecting(forms.Form)) if form.fields}
    return [found[code] for code in sorted(found)]


def _collecting(form: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for made in form.__subclasses__():
        yield from _collecting(made)
        root, _dot, rest = made.__module__.partition(".")
        app = rest.partition(".")[0]
        if root == "apps" and app in COLLECTING and not made.__name__.endswith(_NARROWING):
            yield made


def _asked_form(made: type[forms.BaseForm]) -> AskedForm:
    label = made.__module__.split(".")[1]
    title = f"{installed.get_app_config(label).verbose_name} · {made.__name__}"
    fields: dict[str, forms.Field] = getattr(made, "base_fields", {})
    entries = [
        {"name": name, "label": str(field.label or ""), "type": _type_of(name, field)}
        for name, field in fields.items()
        if not isinstance(field.widget, forms.HiddenInput | FilesWidget)
    ]
    code = f"page:{made.__module__.removeprefix('apps.')}.{made.__name__}"
    return AskedForm(code, title, entries, is_source=label == "registry")


def _type_of(name: str, field: Any) -> str:
    known = next((code for kind, code in _TYPES if isinstance(field, kind)), "")
    if known:
        return known
    if "id_number" in name:
        return "id_number"
    if "phone" in name:
        return "phone"
    return "longtext" if isinstance(field.widget, forms.Textarea) else "text"
