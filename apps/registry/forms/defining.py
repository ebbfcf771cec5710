"""Types of special groups and further fields, written in rows; a file only to carry them over."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role
from apps.common.forms_data.rows import CodedRowForm, Row, field_rows, fields_of, rows_for
from apps.registry.care_bodies import LONGEST_CYCLE_DAYS

MOST_BYTES = 1_000_000
_JOINT = "、"


class TypeForm(forms.Form):
    """What a type of special group is called, who sees its people, when the late are told of."""

    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=40)
    escalation_days = forms.IntegerField(label=_("逾期升级天数"), min_value=0, max_value=90)
    roles: "forms.ModelMultipleChoiceField[Role]" = forms.ModelMultipleChoiceField(
        label=_("可见角色"),
        queryset=Role.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选则有权查看重点人员的都可见"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False)


class GradeForm(CodedRowForm):
    """A grade of risk and how often its people are visited."""

    visit_days = forms.IntegerField(
        label=_("走访周期（天）"), min_value=1, max_value=LONGEST_CYCLE_DAYS
    )


class TestForm(CodedRowForm):
    """A test besides the visits, with a cycle of its own."""

    days = forms.IntegerField(label=_("检测周期（天）"), min_value=1, max_value=LONGEST_CYCLE_DAYS)


class StateForm(CodedRowForm):
    """A state, where one may go from it, and whether it ends the care."""

    to = forms.CharField(
        label=_("可转为"),
        required=False,
        max_length=400,
        help_text=_("填写状态名称，多个用顿号隔开；不填则不能再转"),
    )
    is_end = forms.BooleanField(label=_("转入后即退出管理"), required=False)


class BodyRows:
    """The body of a type as rows of a page; ``body`` gives it back as the rows say it.

    data: what was posted, None for the page as it is opened.
    """

    def __init__(self, body: Mapping[str, Any], data: Any = None) -> None:
        labels = {row["code"]: row["label"] for row in body["states"]}
        states = [
            row | {"to": _JOINT.join(labels[b] for a, b in body["moves"] if a == row["code"])}
            for row in body["states"]
        ]
        self.states = rows_for(StateForm, states, data, prefix="states")
        self.grades = rows_for(GradeForm, body["grades"], data, prefix="grades")
        self.tests = rows_for(TestForm, body.get("tests", []), data, prefix="tests")
        self.fields = field_rows(body.get("fields", []), data, prefix="fields")
        self.visit_fields = field_rows(body.get("visit_fields", []), data, prefix="visit_fields")

    def sections(self) -> list[tuple[str, str, Any]]:
        """Will give each part as its page shows it: heading, what it is for, rows."""
        return [
            (gettext("状态"), gettext("第一个状态是纳入时的状态"), self.states),
            (gettext("风险等级"), gettext("等级决定多久走访一次"), self.grades),
            (gettext("检测项目"), gettext("走访以外的定期检测，例如尿检"), self.tests),
            (gettext("专项信息"), gettext("每名对象另外登记的内容"), self.fields),
            (gettext("走访记录"), gettext("每次走访要填写的内容"), self.visit_fields),
        ]

    def is_valid(self) -> bool:
        """Will check all rows, and that the states one may go to are there."""
        checked = [rows.is_valid() for _heading, _about, rows in self.sections()]
        return all(checked) and self._moves_known()

    def body(self) -> dict[str, Any]:
        """Will give the body the rows say; only once valid."""
        states = self.states.coded()
        codes = {form.cleaned_data["label"].strip(): code for code, form in states}
        return {
            "fields": fields_of(self.fields),
            "visit_fields": fields_of(self.visit_fields),
            "states": [_state(code, form.cleaned_data) for code, form in states],
            "moves": [[code, codes[name]] for code, form in states for name in _names(form)],
            "grades": [_cycle(code, form, "visit_days") for code, form in self.grades.coded()],
            "tests": [_cycle(code, form, "days") for code, form in self.tests.coded()],
        }

    def _moves_known(self) -> bool:
        rows = self.states.kept()
        known = {form.cleaned_data["label"].strip() for form in rows}
        for form in rows:
            if unknown := [name for name in _names(form) if name not in known]:
                form.add_error("to", gettext("没有“%s”这个状态") % unknown[0])
        return not any(form.errors for form in rows)


class FileForm(forms.Form):
    """A definition from a file."""

    file = forms.FileField(label=_("定义文件（JSON）"))

    def clean_file(self) -> Any:
        content = self.cleaned_data["file"].read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise forms.ValidationError(gettext("文件超过 1 MB，不是一份定义"))
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise forms.ValidationError(gettext("文件不是有效的 JSON")) from None


def _names(form: StateForm) -> list[str]:
    typed = form.cleaned_data["to"].replace("，", _JOINT).replace(",", _JOINT).split(_JOINT)
    return list(dict.fromkeys(name.strip() for name in typed if name.strip()))


def _state(code: str, given: Mapping[str, Any]) -> Row:
    row = {"code": code, "label": given["label"].strip()}
    return row | ({"is_end": True} if given["is_end"] else {})


def _cycle(code: str, form: CodedRowForm, key: str) -> Row:
    label = form.cleaned_data["label"].strip()
    return {"code": code, "label": label, key: form.cleaned_data[key]}
