"""The shape of a draft of the credit scale: figures, grades and a line per behaviour."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.errors import InvalidInput
from apps.inspection.credit import BEHAVIOURS_MOST, MONTHS_MOST
from apps.inspection.enums import Finding, Grade

SPARE_LINES = 3
#: Grades with a floor; the last takes what is left.
WITH_FLOOR = Grade.values[:-1]
_PARTS = ("label", "points", "months", "finding", "code", "gone")


class ScaleForm(forms.Form):
    """Fields are named as ``credit.check_scale`` names places: ``behaviours-3-points``.

    A line whose name is empty, or that is marked as gone, is left out. lines: how many there are.
    """

    base = forms.IntegerField(
        label=_("基准分"), min_value=0, max_value=1000, help_text=_("没有任何记录的对象得此分")
    )
    months = forms.IntegerField(
        label=_("计分期（月）"),
        min_value=1,
        max_value=MONTHS_MOST,
        help_text=_("记录从发生起计多久，可对个别行为另定"),
    )
    reason = forms.CharField(
        label=_("修订原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, lines: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for place, grade in enumerate(WITH_FLOOR):
            fields[f"grades-{place}-from"] = forms.IntegerField(
                label=_("%s级起始分") % grade,
                required=False,
                min_value=-1000,
                max_value=2000,
                help_text=_("留空则不设此等级"),
            )
        fields["reason"] = fields.pop("reason")  # last among the figures
        self.lines = min(lines, BEHAVIOURS_MOST)
        for place in range(self.lines):
            for part, field in _line(place + 1).items():
                fields[f"behaviours-{place}-{part}"] = field

    @property
    def figures(self) -> list[BoundField]:
        """What is not a line."""
        return [self[name] for name in self.fields if not name.startswith("behaviours-")]

    @property
    def rows(self) -> list[dict[str, BoundField]]:
        """The lines, their fields by part."""
        return [
            {part: self[f"behaviours-{place}-{part}"] for part in _PARTS}
            for place in range(self.lines)
        ]

    @staticmethod
    def lines_of(data: Mapping[str, Any]) -> int:
        """Will count the lines that were sent; rubbish means none."""
        sent = str(data.get("lines", ""))
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0

    @staticmethod
    def initial_of(body: Mapping[str, Any], reason: str = "") -> dict[str, Any]:
        """Will give what the form shows of a scale."""
        floors = {row["grade"]: row.get("from") for row in body["grades"]}
        found = {"base": body["base"], "months": body["months"], "reason": reason}
        for place, grade in enumerate(WITH_FLOOR):
            found[f"grades-{place}-from"] = floors.get(grade)
        for place, row in enumerate(body["behaviours"]):
            for part in _PARTS[:-1]:
                found[f"behaviours-{place}-{part}"] = row.get(part)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for place in self._kept(cleaned):
            name = f"behaviours-{place}-points"
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, gettext("请填写分值"))
        if not self._kept(cleaned):
            self.add_error(None, gettext("请至少保留一种行为"))
        return cleaned

    def _kept(self, cleaned: Mapping[str, Any]) -> list[int]:
        """The lines that stay. One whose name was refused is not among them, but told of."""
        return [
            place
            for place in range(self.lines)
            if cleaned.get(f"behaviours-{place}-label")
            and not cleaned.get(f"behaviours-{place}-gone")
        ]

    @property
    def body(self) -> dict[str, Any]:
        """The scale as the services take it."""
        given = self.cleaned_data
        grades = [
            {"grade": grade, "from": given[f"grades-{place}-from"]}
            for place, grade in enumerate(WITH_FLOOR)
            if given[f"grades-{place}-from"] is not None
        ]
        kept = self._kept(given)
        taken = {given[f"behaviours-{place}-code"] for place in kept}
        behaviours = []
        for place in kept:
            row = {part: given[f"behaviours-{place}-{part}"] for part in _PARTS[:-1]}
            row["code"] = row["code"] or _free_code(taken)
            taken.add(row["code"])
            behaviours.append({key: value for key, value in row.items() if value not in ("", None)})
        return {
            "base": given["base"],
            "months": given["months"],
            "grades": [*grades, {"grade": Grade.values[-1]}],
            "behaviours": behaviours,
        }

    def refuse(self, error: InvalidInput) -> None:
        """Will show a refusal at the field it names: its places count what stays only."""
        name, place, part = [*(error.field or "").split("-"), "", ""][:3]
        if name == "behaviours" and place.isdigit():
            kept = self._kept(self.cleaned_data)
            name = f"{name}-{kept[int(place)]}-{part or 'label'}"
        elif name == "grades" and place.isdigit():
            used = [
                each
                for each in range(len(WITH_FLOOR))
                if self.cleaned_data[f"grades-{each}-from"] is not None
            ]
            name = f"{name}-{[*used, used[-1] if used else 0][int(place)]}-from"
        self.add_error(name if name in self.fields else None, str(error))


def _line(number: int) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "label": forms.CharField(label=_("行为"), required=False, max_length=80),
        "points": forms.IntegerField(
            label=_("分值"), required=False, min_value=-100, max_value=100
        ),
        "months": forms.IntegerField(
            label=_("计分月数"), required=False, min_value=1, max_value=MONTHS_MOST
        ),
        "finding": forms.ChoiceField(
            label=_("检查结论自动记入"),
            required=False,
            choices=[("", _("不自动记入")), *Finding.choices],
        ),
        "code": forms.RegexField(
            r"^[a-z][a-z0-9_]{0,39}$", label=_("代码"), required=False, widget=forms.HiddenInput
        ),
        "gone": forms.BooleanField(label=_("删去"), required=False),
    }
    for field in fields.values():
        label = gettext("第%(n)d行：%(label)s") % {"n": number, "label": field.label}
        field.label = label
        field.widget.attrs["aria-label"] = label
    return fields


def _free_code(taken: set[str]) -> str:
    number = 1
    while f"own_{number}" in taken:
        number += 1
    return f"own_{number}"
