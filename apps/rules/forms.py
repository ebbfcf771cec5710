"""Forms made from a vocabulary: facts to try, and one row with a typed widget per cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.rules.choices import (
    area_options,
    find_area_path,
    find_unit_code,
    unit_options,
    unit_text,
)
from apps.rules.engine.cells import Anything, Between, Cell, Contains, Within
from apps.rules.engine.table import Row, Table
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    Output,
    OutputType,
    Vocabulary,
    number_text,
    options_of,
)
from apps.rules.enums import HitPolicyChoice
from apps.rules.registry import list_vocabularies
from apps.rules.wording import split_items

AREA_LIST = "rule-areas"  # id of the page's list of areas to choose from
FILE_KINDS = ".xlsx,.dmn,.xml"
_YES_NO = [("", "—"), ("true", _("是")), ("false", _("否"))]
_OPERATOR_LABELS = {
    "any": _("不限"),
    "in": _("属于"),
    "not_in": _("不属于"),
    "between": _("区间"),
    "has_any": _("含有其一"),
    "has_all": _("同时含有"),
    "within": _("在区域内"),
    "contains": _("提到其一"),
    "empty": _("为空"),
}


class BootstrapForm(forms.Form):
    """Gives every widget the class its kind has in the page's style sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            name = "form-control"
            if isinstance(field.widget, forms.CheckboxInput):
                name = "form-check-input"
            elif isinstance(field.widget, forms.Select):
                name = "form-select"
            field.widget.attrs.setdefault("class", name)


class TableForm(BootstrapForm):
    name = forms.CharField(label=_("名称"), max_length=80)
    code = forms.SlugField(
        label=_("代码"), max_length=60, help_text=_("字母、数字和短横线，建立后不再改变")
    )
    vocabulary = forms.ChoiceField(
        label=_("词汇表"), choices=lambda: [(v.code, v.label) for v in list_vocabularies()]
    )
    purpose = forms.CharField(
        label=_("用途"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ColumnsForm(BootstrapForm):
    """What the first draft of a table compares and gives."""

    hit_policy = forms.ChoiceField(label=_("命中策略"), choices=HitPolicyChoice)
    inputs = forms.MultipleChoiceField(label=_("条件列"), widget=forms.CheckboxSelectMultiple)
    outputs = forms.MultipleChoiceField(label=_("结果列"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, vocabulary: Vocabulary, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, items in (("inputs", vocabulary.facts), ("outputs", vocabulary.outputs)):
            field = self.fields[name]
            field.widget.attrs["class"] = "form-check-input"
            field.choices = [(i.code, i.label) for i in items]  # type: ignore[attr-defined]


class UploadForm(BootstrapForm):
    file = forms.FileField(
        label=_("Excel 或 DMN 文件"), widget=forms.ClearableFileInput(attrs={"accept": FILE_KINDS})
    )


class FactsForm(BootstrapForm):
    """One widget per fact; ``facts()`` gives the plain facts that were filled in."""

    def __init__(self, facts: tuple[Fact, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._facts = facts
        for fact in facts:
            field = _fact_field(fact)
            field.required, field.label = False, str(fact.label)
            field.help_text = str(fact.help)
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = kind
            self.fields[fact.code] = field

    def facts(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for fact in self._facts:
            value = self.cleaned_data.get(fact.code)
            if value in (None, "", []):
                continue
            if fact.type is FactType.BOOL:
                value = value == "true"
            elif fact.type is FactType.TAGS and isinstance(value, str):
                value = split_items(value)
            given[fact.code] = value
        return given


def area_names(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    """Will give areas to choose from while trying; only where a column asks for an area."""
    asked = any(fact.type is FactType.AREA and fact.choices is None for fact in facts)
    return area_options() if asked else []


def _fact_field(fact: Fact) -> forms.Field:
    if fact.type is FactType.BOOL:
        return forms.ChoiceField(choices=_YES_NO)
    if fact.type is FactType.NUMBER:
        return forms.DecimalField(max_digits=20)
    if fact.type is FactType.DATETIME:
        return forms.DateTimeField(widget=_moment_widget())
    if fact.type is FactType.TEXT:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=5000)
    if fact.choices is not None:
        options = [(code, label) for code, label in options_of(fact.choices).items()]
        if fact.type is FactType.TAGS:
            return forms.MultipleChoiceField(choices=options)
        return forms.ChoiceField(choices=[("", "—"), *options])
    if fact.type is FactType.AREA:
        return AreaField(max_length=200, widget=forms.TextInput(attrs={"list": AREA_LIST}))
    return forms.CharField(max_length=1000)


class AreaField(forms.CharField):
    """An area by its name, full name, code or path; cleaned to the path."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return find_area_path(text) if text else text
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


def _moment_widget() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class CellWidgets:
    """The bound fields of one cell, for the template."""

    fact: Fact
    operator: forms.BoundField
    fields: list[forms.BoundField]


class RowForm(BootstrapForm):
    """One row: an operator and typed values per condition column, a value per output."""

    note = forms.CharField(label=_("备注"), max_length=500, required=False)

    def __init__(
        self, table: Table, *args: Any, tenant: Tenant | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._table = table
        areas = _area_choices(table, self.initial)
        units = unit_options(tenant) if _names_units(table) else []
        for fact in table.inputs:
            operators = [("any", _OPERATOR_LABELS["any"])]
            operators += [(op, _OPERATOR_LABELS[op]) for op in fact.allowed_operators]
            self._add(f"{fact.code}__op", forms.ChoiceField(choices=operators, label=fact.label))
            for name, field in _cell_fields(fact, areas).items():
                self._add(f"{fact.code}__{name}", field)
        for output in table.outputs:
            current = self.initial.get(f"out__{output.code}")
            self._add(f"out__{output.code}", _output_field(output, units, current))

    def _add(self, name: str, field: forms.Field) -> None:
        kinds = {
            forms.CheckboxInput: "form-check-input",
            forms.CheckboxSelectMultiple: "",
            forms.Select: "form-select",
        }
        found = (css for kind, css in kinds.items() if isinstance(field.widget, kind))
        field.widget.attrs["class"] = next(found, "form-control")
        field.required = name.endswith("__op")
        self.fields[name] = field

    def cell_widgets(self) -> list[CellWidgets]:
        return [
            CellWidgets(
                fact,
                self[f"{fact.code}__op"],
                [self[name] for name in self.fields if self._is_of(fact, name)],
            )
            for fact in self._table.inputs
        ]

    def _is_of(self, fact: Fact, name: str) -> bool:
        code, _sep, part = name.rpartition("__")
        return code == fact.code and part != "op"

    def output_widgets(self) -> list[forms.BoundField]:
        return [self[f"out__{output.code}"] for output in self._table.outputs]

    def row(self) -> dict[str, Any]:
        """Will give the row as the body stores it, without its key."""
        data = self.cleaned_data
        cells = {f.code: _cell_from(f, data) for f in self._table.inputs}
        outputs = {o.code: _plain(o, data.get(f"out__{o.code}")) for o in self._table.outputs}
        return {
            "cells": {code: cell for code, cell in cells.items() if cell is not None},
            "outputs": {code: value for code, value in outputs.items() if value is not None},
            "note": data["note"],
        }


def row_initial(table: Table, row: Row) -> dict[str, Any]:
    """Will give the form's initial values for a row."""
    initial: dict[str, Any] = {"note": row.note}
    for fact, cell in zip(table.inputs, row.cells, strict=True):
        for name, value in _cell_initial(fact, cell).items():
            initial[f"{fact.code}__{name}"] = value
    for output in table.outputs:
        value = row.outputs.get(output.code)
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, list):
            value = "；".join(map(unit_text, value))
        initial[f"out__{output.code}"] = value
    return initial


def _names_units(table: Table) -> bool:
    return any(o.type is OutputType.ORGANIZATION and o.choices is None for o in table.outputs)


def _area_choices(table: Table, initial: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Areas down to communities, and whatever finer ones the row names already."""
    facts = [f for f in table.inputs if f.type is FactType.AREA and f.choices is None]
    if not facts:
        return []
    options = dict(area_options())
    for fact in facts:
        for path in initial.get(f"{fact.code}__values") or ():
            options.setdefault(path, fact.describe_one(path))
    return list(options.items())


def _cell_fields(fact: Fact, areas: list[tuple[str, str]]) -> dict[str, forms.Field]:
    if fact.type in (FactType.NUMBER, FactType.DATETIME):
        return _interval_fields(fact)
    if fact.type is FactType.BOOL:
        return {"values": _choose(_YES_NO[1:], _("值"))}
    if fact.choices is not None and fact.type is not FactType.TEXT:
        options = [(code, label) for code, label in options_of(fact.choices).items()]
        return {"values": _choose(options, _("值"))}
    if fact.type is FactType.AREA:
        return {
            "values": _choose(areas, _("区域")),
            "text": AreaNamesField(label=_("更细的网格"), help_text=_("写名称，多个用分号隔开")),
        }
    help_text = _("多个值用分号隔开")
    return {"text": forms.CharField(max_length=5000, label=_("值"), help_text=help_text)}


def _choose(options: Iterable[tuple[Any, Any]], label: Any) -> forms.MultipleChoiceField:
    """Boxes to tick: in a list box one careless click drops everything chosen before."""
    chosen = list(options)
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(choices=chosen, widget=widget, label=label)


def _interval_fields(fact: Fact) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for side, label in (("lo", _("从")), ("hi", _("到"))):
        if fact.type is FactType.NUMBER:
            fields[side] = forms.DecimalField(max_digits=20, label=label)
        else:
            fields[side] = forms.DateTimeField(widget=_moment_widget(), label=label)
        fields[f"{side}_open"] = forms.BooleanField(label=_("不含端点"))
    if fact.type is FactType.NUMBER:
        fields["text"] = forms.CharField(max_length=5000, label=_("或列出数值"))
    return fields


class AreaNamesField(forms.CharField):
    """Several areas, cleaned to their paths."""

    def clean(self, value: Any) -> Any:
        try:
            return [find_area_path(item) for item in split_items(super().clean(value))]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class UnitNamesField(forms.CharField):
    """Several units, cleaned to their codes."""

    def clean(self, value: Any) -> Any:
        try:
            return [find_unit_code(item) for item in split_items(super().clean(value))]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


def _output_field(output: Output, units: list[tuple[str, str]], current: Any) -> forms.Field:
    label = str(output.label)
    if output.type is OutputType.BOOL:
        return forms.ChoiceField(choices=_YES_NO, label=label)
    if output.type in (OutputType.NUMBER, OutputType.LIMIT):
        return forms.DecimalField(max_digits=20, label=label, help_text=str(output.unit))
    if output.choices is not None:
        options = [(code, name) for code, name in options_of(output.choices).items()]
        return forms.ChoiceField(choices=[("", "—"), *options], label=label)
    if output.type is OutputType.ORGANIZATION:
        named = dict(units)
        if current:
            named.setdefault(current, output.describe(current))
        return forms.ChoiceField(choices=[("", "—"), *named.items()], label=label)
    if output.type is OutputType.ORGANIZATIONS:
        return UnitNamesField(max_length=1000, label=label, help_text=_("写名称，多个用分号隔开"))
    return forms.CharField(max_length=1000, label=label)


def _plain(output: Output, value: Any) -> Any:
    if value in (None, "", []):
        return None
    if output.type is OutputType.BOOL:
        return value == "true"
    return value if isinstance(value, str | list) else _number(value)


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def _cell_from(fact: Fact, data: Mapping[str, Any]) -> dict[str, Any] | None:
    def given(name: str) -> Any:
        return data.get(f"{fact.code}__{name}")

    op = given("op")
    if op == "any":
        return None
    if op == "empty":
        return {"op": op}
    if op == "between":
        return {
            "op": op,
            "lo": _end(given("lo")),
            "hi": _end(given("hi")),
            "lo_open": bool(given("lo_open")),
            "hi_open": bool(given("hi_open")),
        }
    if op == "within":
        paths = dict.fromkeys([*(given("values") or ()), *(given("text") or ())])
        return {"op": op, "areas": [_area(fact, path) for path in paths]}
    values = given("values") if given("values") is not None else split_items(given("text") or "")
    if op == "contains":
        return {"op": op, "words": values}
    if fact.type is FactType.BOOL:
        values = [value == "true" for value in values]
    elif fact.type is FactType.NUMBER:
        values = [_typed_number(value) for value in values]
    return {"op": op, "values": values}


def _typed_number(text: str) -> Any:
    """What is no number is handed on as it is, so that the engine names the cell."""
    try:
        return _number(float(text))
    except (ValueError, OverflowError):
        return text


def _end(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else _number(value)


def _area(fact: Fact, path: str) -> dict[str, str]:
    named = fact.choices is not None or fact.label_of is not None
    return {"path": path, "label": fact.describe_one(path) if named else ""}


def _cell_initial(fact: Fact, cell: Cell) -> dict[str, Any]:
    if isinstance(cell, Anything):
        return {"op": "any"}
    if isinstance(cell, Between):
        ends = {"lo": cell.lo, "hi": cell.hi}
        if fact.type is FactType.DATETIME:
            ends = {side: end and timezone.localtime(end) for side, end in ends.items()}
        return {"op": cell.op, **ends, "lo_open": cell.lo_open, "hi_open": cell.hi_open}
    if isinstance(cell, Within):
        return {"op": cell.op, "values": [path for path, _label in cell.areas]}
    if isinstance(cell, Contains):
        return {"op": cell.op, "text": "；".join(cell.words)}
    values = list(getattr(cell, "values", ()))
    if fact.type is FactType.BOOL:
        return {"op": cell.op, "values": ["true" if value else "false" for value in values]}
    texts = [number_text(v) if fact.type is FactType.NUMBER else str(v) for v in values]
    return {"op": cell.op, "values": texts, "text": "；".join(texts)}
