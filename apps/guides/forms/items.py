"""Writing one item of a joint business: its matter, its turn, where its form comes from (MT-06)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.forms_data import build_form
from apps.common.phrases import labelled
from apps.guides import joining
from apps.guides.forms.known import KnownValues, typed_values, writable_fields

FIXED = "fixed"
_CONDITIONAL = frozenset({"choice", "multichoice", "boolean"})

Definitions = Mapping[str, Mapping[str, Any]]


class ItemForm(forms.Form):
    """Which matter, when it is begun, and for which answers it is begun at all."""

    matter = forms.ChoiceField(label=_("办理事项"))
    label = forms.CharField(
        label=_("分项名称"), required=False, max_length=80, help_text=_("不填就用事项名称")
    )
    after = forms.MultipleChoiceField(
        label=_("等哪些分项准予后再办"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选就一开始办；所等的分项没有准予，这一项就不再办理"),
    )
    only_if = forms.MultipleChoiceField(
        label=_("只在申请人这样回答时办理"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选就总是办理；只能选同一个字段的回答"),
    )

    def __init__(
        self,
        *args: Any,
        choices: Sequence[tuple[str, str]],
        others: Sequence[tuple[str, str]],
        answers: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["matter"].choices = [("", "—"), *choices]
        fields["after"].choices = others
        fields["only_if"].choices = answers
        for name, offered in (("after", others), ("only_if", answers)):
            if not offered:
                del self.fields[name]

    def clean_only_if(self) -> list[str]:
        found = self.cleaned_data["only_if"]
        if len({one.partition("|")[0] for one in found}) > 1:
            raise forms.ValidationError(gettext("只能选同一个字段的回答"))
        return list(found)


class SourcesForm(forms.Form):
    """Where each field and each material of an item comes from; one choice a field."""

    def __init__(self, *args: Any, rows: Sequence["SourceRow"], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            field: Any = forms.ChoiceField(
                label=row.label, required=False, choices=[("", row.nothing), *row.options]
            )
            field.is_wanted = row.is_wanted
            self.fields[row.name] = field


@dataclass(frozen=True)
class SourceRow:
    """One field or material of an item. name: of the input. kept: what it comes from now."""

    name: str
    own: str
    label: str
    is_wanted: bool
    options: list[tuple[str, str]]
    kept: str

    @property
    def nothing(self) -> str:
        return gettext("还没有来源") if self.is_wanted else gettext("不提供")


class ItemEditor:
    """An item and where everything it needs comes from; the matter decides what that is."""

    def __init__(
        self,
        body: Mapping[str, Any],
        code: str,
        matters: Definitions,
        choices: Sequence[tuple[str, str]],
        *,
        data: QueryDict | None = None,
        is_judged: bool = False,
    ) -> None:
        kept: Mapping[str, Any] = next((item for item in body["items"] if item["code"] == code), {})
        self.main = matters.get(body["matter"], {})
        chosen = data.get("matter", "") if data is not None else kept.get("matter", "")
        self.own = matters.get(chosen, {})
        is_kept = bool(kept) and kept.get("matter") == chosen
        self.field_rows = list(_field_rows(self.own, self.main, kept if is_kept else None))
        self.paper_rows = list(_paper_rows(self.own, self.main, kept if is_kept else None))
        judged = data if is_judged else None
        self.form = ItemForm(
            judged,
            choices=choices,
            others=_others(body, code, matters),
            answers=_answers(self.main),
            initial=_typed(data) if data is not None else _initial(kept),
        )
        rows = [*self.field_rows, *self.paper_rows]
        self.sources = SourcesForm(
            judged, rows=rows, prefix="from", initial={r.name: _source(r, data) for r in rows}
        )
        values = kept.get("fixed", {}) if is_kept else {}
        self.fixed = KnownValues(
            self.own,
            prefix=FIXED,
            data=judged,
            values=values if data is None else typed_values(data, FIXED),
        )

    @property
    def fields(self) -> Iterator[tuple[SourceRow, forms.BoundField, forms.BoundField | None]]:
        """Each field of the item: the choice of its source, and where its fixed value is typed."""
        for row in self.field_rows:
            typed = self.fixed.form[row.own] if row.own in self.fixed.form.fields else None
            yield row, self.sources[row.name], typed

    @property
    def papers(self) -> Iterator[forms.BoundField]:
        """Each material of the item: the choice of the shared one it is."""
        return (self.sources[row.name] for row in self.paper_rows)

    def is_valid(self) -> bool:
        """Will tell whether all can be kept; what is still missing may stay so in a draft."""
        fit = all([self.form.is_valid(), self.sources.is_valid(), self.fixed.is_valid()])
        values = self.fixed.values() if self.fixed.form.is_valid() else {}
        for row in self._chosen(FIXED):
            if row.own not in values and row.own not in self.fixed.form.errors:
                self.fixed.form.add_error(row.own, gettext("请填写固定内容"))
                fit = False
        if not fit and not self.form.errors:
            self.form.add_error(None, gettext("字段对应中有填写不正确的地方，请看标出的行"))
        return fit

    def item(self) -> dict[str, Any]:
        """Will give the item as the plan keeps it, without its code."""
        data, values = self.form.cleaned_data, self.fixed.values()
        sources = self.sources.cleaned_data
        item: dict[str, Any] = {
            "matter": data["matter"],
            "form_map": {
                row.own: sources[row.name].partition(":")[2]
                for row in self.field_rows
                if sources[row.name].startswith("shared:")
            },
        }
        optional = {
            "label": data["label"],
            "fixed": {row.own: values[row.own] for row in self._chosen(FIXED)},
            "materials_map": {
                row.own: sources[row.name] for row in self.paper_rows if sources[row.name]
            },
            "after": data.get("after"),
            "only_if": _condition(data.get("only_if") or []),
        }
        return item | {name: value for name, value in optional.items() if value}

    def _chosen(self, source: str) -> list[SourceRow]:
        return [r for r in self.field_rows if self.sources.cleaned_data.get(r.name) == source]


def _initial(kept: Mapping[str, Any]) -> dict[str, Any]:
    condition = kept.get("only_if") or {"field": "", "in": []}
    answers = [_answer(condition["field"], value) for value in condition["in"]]
    return {**kept, "only_if": answers}


def _source(row: SourceRow, data: QueryDict | None) -> str:
    """What was chosen as long as it is still offered, else what is kept or proposed."""
    chosen = data.get(f"from-{row.name}", "") if data is not None else ""
    return chosen if chosen in [code for code, _label in row.options] else row.kept


def _typed(data: QueryDict) -> dict[str, Any]:
    return {
        "matter": data.get("matter", ""),
        "label": data.get("label", ""),
        "after": data.getlist("after"),
        "only_if": data.getlist("only_if"),
    }


def _others(body: Mapping[str, Any], code: str, matters: Definitions) -> list[tuple[str, str]]:
    return [
        (item["code"], joining.item_name(item, matters))
        for item in body["items"]
        if item["code"] != code
    ]


def _answer(field: str, value: Any) -> str:
    return f"{field}|{json.dumps(value, ensure_ascii=False)}"


def _answers(main: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may be answered to the questions of the shared form that have few answers."""
    found = []
    for field in main.get("form", {}).get("fields", []):
        if field["type"] in _CONDITIONAL and not field.get("masked"):
            found += [
                (_answer(field["name"], value), labelled(field["label"], told))
                for value, told in _values(field)
            ]
    return found


def _values(field: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """What may be answered to a field, each with its words."""
    if field["type"] == "boolean":
        return [(True, gettext("是")), (False, gettext("否"))]
    alone = {key: value for key, value in field.items() if key not in ("parent", "show_if")}
    asked: Any = build_form({"fields": [alone]})().fields[field["name"]]
    return [(value, label) for value, label in asked.choices if value != ""]


def _condition(answers: Sequence[str]) -> dict[str, Any]:
    if not answers:
        return {}
    values = [json.loads(answer.partition("|")[2]) for answer in answers]
    return {"field": answers[0].partition("|")[0], "in": values}


def _field_rows(
    own: Mapping[str, Any], main: Mapping[str, Any], kept: Mapping[str, Any] | None
) -> Iterator[SourceRow]:
    """kept: the item as it is; None for a new one, whose sources are proposed by name."""
    shared = main.get("form", {}).get("fields", [])
    writable = {field["name"] for field in writable_fields(own)}
    for field in own.get("form", {}).get("fields", []):
        fitting = [other for other in shared if other["type"] == field["type"]]
        options = [(f"shared:{o['name']}", o["label"]) for o in fitting]
        if field["name"] in writable:
            options.append((FIXED, gettext("固定内容")))
        if kept is None:
            source = _proposed(field, fitting)
        elif field["name"] in kept.get("fixed", {}):
            source = FIXED
        else:
            source = kept["form_map"].get(field["name"], "")
        yield SourceRow(
            name=f"field_{field['name']}",
            own=field["name"],
            label=field["label"],
            is_wanted=bool(field.get("required")) and not field.get("show_if"),
            options=options,
            kept=source if source in ("", FIXED) else f"shared:{source}",
        )


def _proposed(field: Mapping[str, Any], fitting: Sequence[Mapping[str, Any]]) -> str:
    """The shared field of the same name, else the only one that is called the same."""
    if any(other["name"] == field["name"] for other in fitting):
        return str(field["name"])
    same = [other["name"] for other in fitting if other["label"] == field["label"]]
    return str(same[0]) if len(same) == 1 else ""


def _paper_rows(
    own: Mapping[str, Any], main: Mapping[str, Any], kept: Mapping[str, Any] | None
) -> Iterator[SourceRow]:
    shared = [m for m in main.get("materials_in", []) if m.get("source", "citizen") == "citizen"]
    options = [(m["code"], m["label"]) for m in shared]
    for paper in own.get("materials_in", []):
        mapped = (kept or {}).get("materials_map", {})
        if paper.get("source", "citizen") != "citizen" and paper["code"] not in mapped:
            continue
        source = mapped.get(paper["code"], "")
        if kept is None:
            same = [m["code"] for m in shared if paper["code"] == m["code"]]
            same += [m["code"] for m in shared if paper["label"] == m["label"]]
            source = same[0] if same else ""
        yield SourceRow(
            name=f"paper_{paper['code']}",
            own=paper["code"],
            label=paper["label"],
            is_wanted=bool(paper.get("required")),
            options=options,
            kept=source,
        )
