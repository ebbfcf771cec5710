"""A definition written as rows of a page: what a keeper may say of a field, and no JSON.

Whoever has a definition to edit shows ``FieldRowSet`` and keeps ``fields_of(rows)``; what the
rows do not show (conditions, cascades) stays as it was in the field of the same name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.codes import fresh_code
from apps.common.forms_data.shape import CHOICES, TYPES
from apps.common.models import Dictionary

Row = dict[str, Any]
MOST_ROWS = 60
NUMBERS, TEXTS = ("integer", "decimal"), ("text", "longtext")
TYPE_NAMES: dict[str, Any] = {
    "text": gettext_lazy("单行文字"),
    "longtext": gettext_lazy("多行文字"),
    "integer": gettext_lazy("整数"),
    "decimal": gettext_lazy("小数"),
    "date": gettext_lazy("日期"),
    "datetime": gettext_lazy("日期和时间"),
    "choice": gettext_lazy("单选"),
    "multichoice": gettext_lazy("多选"),
    "boolean": gettext_lazy("是否"),
    "phone": gettext_lazy("电话"),
    "id_number": gettext_lazy("身份证号码"),
    "point": gettext_lazy("地图位置"),
    "files": gettext_lazy("附件"),
}


def dictionary_names() -> dict[str, str]:
    """Will give the code lists a field may take its choices from."""
    return dict(Dictionary.objects.order_by("code").values_list("code", "name"))


def lines_of_choices(choices: Iterable[Any]) -> str:
    """Will write the labels of choices a line each."""
    return "\n".join(str(choice[1]) for choice in choices)


def choices_of_lines(text: str, before: Iterable[Any]) -> list[list[str]]:
    """Will read labels a line each as choices; one there was before keeps its code."""
    known = {str(choice[1]): list(choice) for choice in before}
    labels = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    taken = [known[label][0] for label in labels if label in known]
    choices = []
    for label in labels:
        if label not in known:
            taken.append(fresh_code(label, taken))
        choices.append(known.get(label) or [taken[-1], label])
    return choices


def whole(number: float | None) -> float | int | None:
    """Will give a number without its ".0"."""
    return int(number) if number is not None and number.is_integer() else number


class CodedRowForm(forms.Form):
    """A row with a label and a code nobody types. before: the rows there were, by code."""

    code = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    label = forms.CharField(label=gettext_lazy("名称"), max_length=40)

    def __init__(self, *args: Any, before: Mapping[str, Row], **kwargs: Any) -> None:
        self.known = before
        super().__init__(*args, **kwargs)

    @property
    def before(self) -> Row:
        """The row as it was, {} for a new one or for a code nobody knows."""
        return self.known.get(self.cleaned_data["code"], {})


class FieldRowForm(CodedRowForm):
    """One field: what it is called, how it is answered, who sees it."""

    label = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    type = forms.ChoiceField(
        label=gettext_lazy("填写方式"),
        choices=[(code, TYPE_NAMES[code]) for code in TYPES],
        initial="text",
    )
    required = forms.BooleanField(label=gettext_lazy("必填"), required=False)
    masked = forms.BooleanField(label=gettext_lazy("遮蔽，说明用途后才显示"), required=False)
    help = forms.CharField(label=gettext_lazy("填写说明"), required=False, max_length=200)
    choices_text = forms.CharField(
        label=gettext_lazy("选项（每行一个）"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    dictionary = forms.ChoiceField(label=gettext_lazy("或取自字典"), required=False)
    min = forms.FloatField(label=gettext_lazy("最小值"), required=False)
    max = forms.FloatField(label=gettext_lazy("最大值"), required=False)
    max_length = forms.IntegerField(
        label=gettext_lazy("最多字数"), required=False, min_value=1, max_value=20_000
    )

    def __init__(self, *args: Any, dictionaries: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields["dictionary"]
        offered.choices = [("", "—"), *dictionaries.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        named = cleaned.get("choices_text") or cleaned.get("dictionary")
        if cleaned.get("type") in CHOICES and not named:
            self.add_error("choices_text", _("请列出选项，或选一个字典"))
        return cleaned

    def entry(self) -> Row:
        """Will give the field as a definition has it, its name still to be found if new."""
        given, kind = self.cleaned_data, self.cleaned_data["type"]
        shown = {"name", "label", "type", "required", "masked", "help", "choices", "dictionary"}
        limits = {"min", "max"} if kind in NUMBERS or self.before.get("type") != kind else set()
        hidden = shown | limits | {"max_length"}
        entry = {"name": given["code"] if self.before else "", "label": given["label"].strip()}
        entry |= {"type": kind} | {k: v for k, v in self.before.items() if k not in hidden}
        entry |= {key: True for key in ("required", "masked") if given[key]}
        if given["help"]:
            entry["help"] = given["help"]
        if kind in NUMBERS:
            entry |= {k: whole(given[k]) for k in ("min", "max") if given[k] is not None}
        if kind in TEXTS and given["max_length"]:
            entry["max_length"] = given["max_length"]
        if kind in CHOICES:
            entry |= self._choices()
        return entry

    def _choices(self) -> Row:
        if self.cleaned_data["dictionary"]:
            return {"dictionary": self.cleaned_data["dictionary"]}
        before = self.before.get("choices") or []
        return {"choices": choices_of_lines(self.cleaned_data["choices_text"], before)}


class RowSet(forms.BaseFormSet):
    """Rows somebody orders, adds and strikes out; ``kept`` gives those that stay."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = gettext_lazy("顺序")
        form.fields["DELETE"].label = gettext_lazy("去掉这一行")

    def clean(self) -> None:
        if any(self.errors) or self.non_form_errors():
            return
        labels = [form.cleaned_data["label"].strip() for form in self.kept()]
        for label in dict.fromkeys(labels):
            if labels.count(label) > 1:
                raise forms.ValidationError(_("“%s”出现了两次，请改一个名称") % label)

    def kept(self) -> list[Any]:
        """Will give the rows that stay, in their order; only once valid."""
        return [form for form in self.ordered_forms if form.cleaned_data.get("label")]

    def coded(self) -> list[tuple[str, Any]]:
        """Will give each row that stays with its code: the one it had, or a new one."""
        rows = self.kept()
        codes = [form.cleaned_data["code"] if form.before else "" for form in rows]
        for place, form in enumerate(rows):
            if not codes[place]:
                codes[place] = fresh_code(form.cleaned_data["label"], [*form.known, *codes])
        return list(zip(codes, rows, strict=True))


def row_set(form: type[CodedRowForm]) -> Any:
    """Will make the kind of rows that a form stands for."""
    return forms.formset_factory(
        form,
        formset=RowSet,
        extra=1,
        can_order=True,
        can_delete=True,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS + 1,
        validate_max=True,
    )


def rows_for(
    form: type[CodedRowForm],
    rows: Iterable[Row],
    data: Any,
    *,
    prefix: str,
    key: str = "code",
    **more: Any,
) -> Any:
    """Will give the rows of a page, filled with those there are. key: where their code stands."""
    before = {str(row[key]): row for row in rows}
    initial = [row | {"code": code} for code, row in before.items()]
    kwargs = {"before": before} | more
    return row_set(form)(data, initial=initial, prefix=prefix, form_kwargs=kwargs)


def field_rows(fields: Iterable[Row], data: Any, *, prefix: str) -> Any:
    """Will give the rows in which a keeper writes the fields of a definition."""
    shown = [
        {k: v for k, v in row.items() if row["type"] in NUMBERS or k not in ("min", "max")}
        | {"choices_text": lines_of_choices(row.get("choices") or [])}
        for row in fields
    ]
    made = rows_for(
        FieldRowForm, shown, data, prefix=prefix, key="name", dictionaries=dictionary_names()
    )
    made.form_kwargs["before"] = {str(row["name"]): row for row in fields}
    return made


def fields_of(rows: RowSet) -> list[Row]:
    """Will give the fields as a definition has them; only of valid rows."""
    return [form.entry() | {"name": code} for code, form in rows.coded()]
