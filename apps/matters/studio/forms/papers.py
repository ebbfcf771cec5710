"""Materials and the fields of the form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.forms_data import TYPES
from apps.common.forms_data.rows import TYPE_NAMES, choices_of_lines, lines_of_choices, whole
from apps.matters.definition.parts import OUTPUT_KINDS, SOURCES
from apps.matters.studio.forms.base import (
    NONE,
    Choices,
    Row,
    RowForm,
    code_field,
    kept,
    text_field,
)
from apps.matters.studio.rows import rows_of


class ShownIf(RowForm):
    """Rows that count only while a field of the form has one of some values."""

    condition_field = forms.ChoiceField(label=gettext_lazy("仅当字段"), required=False)
    condition_values = text_field(
        gettext_lazy("取值为"), 500, help_text=gettext_lazy("多个值用顿号隔开")
    )

    def prepare(self) -> None:
        fields = self._earlier()
        self.offer("condition_field", [("", _("总是")), *fields])

    def _earlier(self) -> Choices:
        rows = rows_of(self.around.body, "form")
        return [(r["name"], r.get("label", r["name"])) for r in rows if r.get("name")]

    def initial_of(self, row: Row) -> Row:
        condition = row.get("show_if") or {}
        return {
            **row,
            "condition_field": condition.get("field", ""),
            "condition_values": "、".join(str(v) for v in condition.get("in", [])),
        }

    def condition(self) -> Row:
        """Will give show_if, or nothing; values are matched to choices by code or label."""
        name = self.cleaned_data["condition_field"]
        if not name:
            return {}
        rows = {r.get("name"): r for r in rows_of(self.around.body, "form")}
        choices = rows.get(name, {}).get("choices") or []
        by_label = {str(c[1]): c[0] for c in choices if isinstance(c, list) and len(c) == 2}
        typed = [v.strip() for v in self.cleaned_data["condition_values"].split("、") if v.strip()]
        return {"show_if": {"field": name, "in": [by_label.get(v, v) for v in typed]}}


class MaterialInForm(ShownIf):
    section = "materials_in"
    field_order = ("label", "source", "shared_code", "required", "form_field")
    label = text_field(gettext_lazy("名称"), 80, required=True)
    source = forms.ChoiceField(label=gettext_lazy("来源"), choices=list(SOURCES.items()))
    shared_code = text_field(gettext_lazy("共享数据代码"), 60)
    required = forms.BooleanField(label=gettext_lazy("必需"), required=False, initial=True)
    form_field = forms.ChoiceField(label=gettext_lazy("由表单字段收取"), required=False)
    note = text_field(gettext_lazy("说明"), 500)
    code = code_field()

    def prepare(self) -> None:
        super().prepare()
        self.offer("form_field", [*NONE, *self._earlier()])

    def row(self) -> Row:
        given = self.cleaned_data
        names = ("code", "label", "source", "shared_code", "form_field", "note")
        row = kept({k: given[k] for k in names})
        return self.coded({**row, "required": given["required"], **self.condition()}, row["label"])


class MaterialOutForm(RowForm):
    section = "materials_out"
    label = text_field(gettext_lazy("名称"), 80, required=True)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=list(OUTPUT_KINDS.items()))
    seal = forms.ChoiceField(
        label=gettext_lazy("加盖电子印章"),
        required=False,
        help_text=gettext_lazy("准予后自动申请用印，另一人审批后由申请人下载"),
    )
    note = text_field(gettext_lazy("说明"), 500)
    code = code_field()

    def prepare(self) -> None:
        self.offer("seal", [*NONE, *self.around.seals.items()])

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])


class FieldForm(ShownIf):
    section, key = "form", "name"
    field_order = ("label", "type", "required", "help", "choices_text", "dictionary", "min", "max")
    label = text_field(gettext_lazy("名称"), 60, required=True)
    type = forms.ChoiceField(
        label=gettext_lazy("类型"), choices=[(t, TYPE_NAMES[t]) for t in TYPES]
    )
    required = forms.BooleanField(label=gettext_lazy("必填"), required=False)
    help = text_field(gettext_lazy("填写说明"), 200)
    choices_text = forms.CharField(
        label=gettext_lazy("选项"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("单选、多选用；每行一个选项"),
    )
    dictionary = forms.ChoiceField(label=gettext_lazy("或取自字典"), required=False)
    min = forms.FloatField(label=gettext_lazy("最小值"), required=False)
    max = forms.FloatField(label=gettext_lazy("最大值"), required=False)
    max_length = forms.IntegerField(
        label=gettext_lazy("最多字数"), required=False, min_value=1, max_value=20_000
    )
    masked = forms.BooleanField(
        label=gettext_lazy("遮蔽"),
        required=False,
        help_text=gettext_lazy("没有权限的人只看到星号，用于证件号、电话等"),
    )
    name = code_field()

    def prepare(self) -> None:
        super().prepare()
        self.offer("dictionary", [*NONE, *self.around.dictionaries.items()])

    def _earlier(self) -> Choices:
        found = super()._earlier()
        own = self.before.get("name")
        names = [name for name, _label in found]
        return found[: names.index(own)] if own in names else found

    def initial_of(self, row: Row) -> Row:
        choices = [c for c in row.get("choices") or [] if isinstance(c, list) and len(c) == 2]
        return {**super().initial_of(row), "choices_text": lines_of_choices(choices)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_choice = cleaned.get("type") in ("choice", "multichoice")
        if is_choice and not cleaned.get("choices_text") and not cleaned.get("dictionary"):
            self.add_error("choices_text", _("请列出选项，或选一个字典"))
        return cleaned

    def row(self) -> Row:
        given = self.cleaned_data
        row = kept({k: given[k] for k in ("name", "label", "type", "help")})
        if given["type"] in ("integer", "decimal"):
            row |= kept({"min": whole(given["min"]), "max": whole(given["max"])})
        if given["type"] in ("text", "longtext"):
            row |= kept({"max_length": given["max_length"]})
        if given["type"] in ("choice", "multichoice"):
            row |= self._choices()
        row |= {k: True for k in ("required", "masked") if given[k]} | self.condition()
        return self.coded(row, row["label"])

    def _choices(self) -> Row:
        if self.cleaned_data["dictionary"]:
            return {"dictionary": self.cleaned_data["dictionary"]}
        before = [c for c in self.before.get("choices") or [] if len(c) == 2]
        return {"choices": choices_of_lines(self.cleaned_data["choices_text"], before)}
