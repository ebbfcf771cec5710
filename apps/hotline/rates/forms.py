"""What people fill in about formulas and exclusions."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.hotline.enums import ExclusionReason, Rate
from apps.hotline.rates.formula import CHOICES, DEFAULT, LABELS, Formula


class ManyFilesInput(forms.ClearableFileInput):
    """Takes several files; the form looks at the first, the view reads all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class StyledForm(forms.Form):
    """Gives every widget the class its kind has in the page's style sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs.setdefault("class", "form-select" if is_select else "form-control")


class SwitchesForm(StyledForm):
    """The weights and switches of a formula: one field each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rate in Rate:
            self.fields[f"weight_{rate.value}"] = forms.IntegerField(
                label=_("%s权重（%%）") % rate.label,
                min_value=0,
                max_value=100,
                initial=DEFAULT.weights[rate.value],
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )
        for name, options in CHOICES.items():
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name],
                choices=options,
                initial=getattr(DEFAULT, name),
                widget=forms.Select(attrs={"class": "form-select"}),
            )
        self.fields["satisfied_from"] = forms.IntegerField(
            label=LABELS["satisfied_from"],
            min_value=1,
            max_value=5,
            initial=DEFAULT.satisfied_from,
            widget=forms.NumberInput(attrs={"class": "form-control"}),
        )

    @property
    def body(self) -> dict[str, Any]:
        """The version's body, only once valid."""
        d = self.cleaned_data
        weights = {rate: d[f"weight_{rate}"] for rate in Rate.values}
        switches = {name: d[name] for name in CHOICES}
        return {"weights": weights, "satisfied_from": d["satisfied_from"], **switches}


def switches_of(rules: Formula) -> dict[str, Any]:
    """Will give a formula as the first values of ``SwitchesForm``."""
    weights = {f"weight_{rate}": weight for rate, weight in rules.weights.items()}
    return rules.as_body() | weights


class FormulaForm(SwitchesForm):
    """A version of the formula: one field per weight and per switch."""

    name = forms.CharField(label=_("名称"), max_length=80)
    basis_document = forms.CharField(
        label=_("依据"), max_length=300, help_text=_("所依据的文件名称和文号")
    )
    effective_from = forms.DateField(
        label=_("起用月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
    field_order = ("name", "basis_document", "effective_from")

    @property
    def month(self) -> date:
        """The first day of the month it begins with, only once valid."""
        found: date = self.cleaned_data["effective_from"]
        return found


class ExclusionForm(StyledForm):
    """An application to leave a case out."""

    number = forms.CharField(label=_("受理编号"), max_length=20)
    reason_code = forms.ChoiceField(label=_("理由类别"), choices=ExclusionReason.choices)
    reason = forms.CharField(
        label=_("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(
        label=_("证据"),
        required=False,
        widget=ManyFilesInput,
        help_text=_("1 至 9 份：图片、录音或文档"),
    )


class NoteForm(StyledForm):
    """The words of a decision."""

    note = forms.CharField(
        label=_("意见"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AppealForm(StyledForm):
    """Why a refusal is wrong."""

    text = forms.CharField(
        label=_("申诉理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(label=_("补充证据"), required=False, widget=ManyFilesInput)
