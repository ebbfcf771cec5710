"""A row as plain values, its version, and what an edit would change in it, in words.

Values are kept as codes and said in the reader's language when they are read. Foreign keys
are kept as what they were called. Many-to-many fields and files are not supported: no row the
console writes has them.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.forms import BaseModelForm
from django.utils.translation import gettext as _

from apps.common.phrases import bracketed, labelled, points

NOTHING = "—"
Values = dict[str, Any]


class Line(TypedDict):
    """One difference. model: whose field it is; row: which of several, "" for the main one.

    field: its name, or "" where a whole row comes or goes; then both sides are values by name.
    """

    model: str
    row: str
    field: str
    before: Any
    after: Any


def fields_of(model: type[models.Model], but: str = "") -> list[models.Field]:
    """Will give what people may set in a row; but: the key to the row above it."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and field.name != but
    ]


def stated(row: models.Model, but: str = "") -> Values:
    """Will give a row as plain values, by field."""
    return {field.name: plain(field, row) for field in fields_of(type(row), but)}


def plain(field: models.Field, row: models.Model) -> Any:
    """Will give one value of a row as JSON; of a foreign key what it is called."""
    value = getattr(row, field.name)
    match value:
        case None | bool() | int() | float() | list() | dict():
            return value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return str(value)


def token(rows: Iterable[models.Model]) -> str:
    """Will give 64 characters that differ as soon as one of the rows does."""
    facts = [
        [row._meta.label_lower, str(row.pk)]
        + [str(field.value_from_object(row)) for field in row._meta.concrete_fields]
        for row in rows
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def lines_of_form(
    form: BaseModelForm, standing: models.Model | None, *, name: str = ""
) -> list[Line]:
    """Will give what a valid form would change. standing: the row as it is; None: new.

    name: which of several rows it is.
    """
    row = form.instance
    told = []
    for field in fields_of(type(row)):
        if field.name not in form.changed_data:
            continue
        before = plain(field, standing) if standing is not None else None
        after = plain(field, row)
        if before != after:
            told.append(_line(row, field.name, before, after, name=name))
    return told


def lines_of_formset(formset: Any) -> list[Line]:
    """Will give what a valid formset would change: rows that come, go, or differ."""
    told: list[Line] = []
    but = formset.fk.name
    for form in formset.initial_forms:
        standing = formset.model._base_manager.filter(pk=form.instance.pk).first()
        if standing is None:
            continue
        if form in formset.deleted_forms:
            told.append(_line(standing, "", stated(standing, but), None))
        elif form.has_changed():
            told += lines_of_form(form, standing, name=str(standing))
    for form in formset.extra_forms:
        if form.has_changed() and form not in formset.deleted_forms:
            told.append(_line(form.instance, "", None, stated(form.instance, but)))
    return told


def lines_of_removal(row: models.Model) -> list[Line]:
    """Will give what is lost with a row."""
    return [_line(row, name, value, None) for name, value in stated(row).items()]


def _line(row: models.Model, field: str, before: Any, after: Any, *, name: str = "") -> Line:
    return Line(model=row._meta.label_lower, row=name, field=field, before=before, after=after)


def say_line(
    line: Line, say: Callable[[type[models.Model], str, Any], str]
) -> tuple[str, str, str]:
    """Will say a difference: what it is about, how it is now, how it shall be.

    say: a value of a field in words. What the program no longer knows is told by its code.
    """
    try:
        model = apps.get_model(line["model"])
    except LookupError:
        return labelled(line["model"], line["field"]), str(line["before"]), str(line["after"])
    name = str(model._meta.verbose_name)
    if not line["field"]:
        return name, _say_row(model, line["before"], say), _say_row(model, line["after"], say)
    label = label_of(model, line["field"])
    if line["row"]:
        label = labelled(name + bracketed(line["row"]), label)
    before, after = line["before"], line["after"]
    return label, say(model, line["field"], before), say(model, line["field"], after)


def _say_row(model: type[models.Model], values: Values | None, say: Any) -> str:
    if not values:
        return NOTHING
    said = ((label_of(model, name), say(model, name, value)) for name, value in values.items())
    return points(labelled(label, words) for label, words in said if words != NOTHING)


def label_of(model: type[models.Model], field: str) -> str:
    """Will give what people call a field."""
    try:
        return str(getattr(model._meta.get_field(field), "verbose_name", field))
    except FieldDoesNotExist:
        return field


def in_words(model: type[models.Model], field: str, value: Any) -> str:
    """Will say a plain value: the label of a choice, yes or no, a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("是") if value else _("否")
    try:
        choices = dict(getattr(model._meta.get_field(field), "flatchoices", ()))
    except FieldDoesNotExist:
        choices = {}
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(choices.get(value, value))
