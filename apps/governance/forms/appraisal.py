"""What people fill in about appraisal formulas, months and appeals."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.governance.enums import Subject
from apps.governance.forms.centres import month_field
from apps.governance.forms.disputes import area_of_text
from apps.governance.indicators import for_subject


class FormulaForm(forms.Form):
    """A version of a formula: weight, floor and ceiling per indicator; weight 0 leaves it out."""

    name = forms.CharField(label=_("名称"), max_length=80)
    basis = forms.CharField(label=_("依据"), max_length=300)
    effective_from = month_field(_("起用月份"))

    def __init__(self, *args: Any, subject: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = for_subject(subject)
        for code, one in self.indicators.items():
            weight, floor, ceiling = one.default
            self.fields[f"weight_{code}"] = forms.IntegerField(
                label=gettext("%s：权重") % one.label,
                min_value=0,
                max_value=100,
                initial=weight,
                help_text=str(one.how),
            )
            self.fields[f"floor_{code}"] = forms.FloatField(
                label=gettext("%s：下限") % one.label, initial=floor
            )
            self.fields[f"ceiling_{code}"] = forms.FloatField(
                label=gettext("%s：上限") % one.label, initial=ceiling
            )

    @property
    def body(self) -> dict[str, Any]:
        """What the service takes; only once valid."""
        d = self.cleaned_data
        return {
            "indicators": [
                {
                    "code": code,
                    "weight": d[f"weight_{code}"],
                    "floor": d[f"floor_{code}"],
                    "ceiling": d[f"ceiling_{code}"],
                }
                for code in self.indicators
                if d[f"weight_{code}"]
            ]
        }


class MonthForm(forms.Form):
    """Which ranking of which month."""

    subject = forms.ChoiceField(label=_("考核对象"), choices=Subject.choices, required=False)
    month = month_field(_("考核月"))


class ManyFilesInput(forms.ClearableFileInput):
    """Takes several files; the form looks at the first, the view reads all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class AppealForm(forms.Form):
    """Why a row should not count."""

    reason = forms.CharField(label=_("申诉理由"), max_length=2000, widget=area_of_text(3))
    evidence = forms.FileField(
        label=_("证据"),
        required=False,
        widget=ManyFilesInput,
        help_text=_("1 至 9 份图片或文档"),
    )


class RulingForm(forms.Form):
    """The words of a ruling."""

    ruling = forms.CharField(label=_("裁定意见"), max_length=2000, widget=area_of_text(2))
    grant = forms.TypedChoiceField(
        label=_("裁定"),
        choices=[("yes", _("予以剔除")), ("no", _("维持原计"))],
        coerce=lambda value: value == "yes",
    )
