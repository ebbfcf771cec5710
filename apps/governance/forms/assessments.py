"""What people fill in about risk assessments and their template."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.governance.enums import OpinionSource
from apps.governance.forms.disputes import area_of_text
from apps.governance.models import RiskAssessment
from apps.governance.risk import MOST, parse
from apps.governance.services.assessments import NewOpinions

SCORES = [(number, str(number)) for number in range(MOST + 1)]


def units_of(tenant: Tenant) -> Any:
    """Will give the units of a body that are in use."""
    return Organization.objects.filter(tenant=tenant, is_active=True).order_by("path")


class TemplateForm(forms.Form):
    """A version of the template: one risk a line."""

    name = forms.CharField(label=_("名称"), max_length=80)
    basis = forms.CharField(label=_("依据"), max_length=300)
    items = forms.CharField(
        label=_("风险项"),
        widget=area_of_text(10),
        help_text=_("一行一项：代码|名称|权重|说明；否决项在行末加“|否决”"),
    )
    medium_from = forms.IntegerField(label=_("中风险界限"), min_value=1, max_value=99, initial=40)
    high_from = forms.IntegerField(label=_("高风险界限"), min_value=2, max_value=100, initial=70)
    opinion_weight = forms.IntegerField(
        label=_("意见权重（%）"), min_value=0, max_value=60, initial=20
    )

    def clean_items(self) -> list[dict[str, Any]]:
        rows = []
        for number, line in enumerate(self.cleaned_data["items"].splitlines(), start=1):
            parts = [part.strip() for part in line.replace("｜", "|").split("|")]
            if not any(parts):
                continue
            if len(parts) < 3 or not parts[2].isascii() or not parts[2].isdigit():
                raise forms.ValidationError(
                    gettext("第 %s 行应为“代码|名称|权重|说明”，权重为整数") % number
                )
            rows.append(
                {
                    "code": parts[0],
                    "label": parts[1],
                    "weight": int(parts[2]),
                    "help": parts[3] if len(parts) > 3 else "",
                    "critical": parts[-1] == "否决",
                }
            )
        return rows

    @property
    def body(self) -> dict[str, Any]:
        """What the service takes; only once valid."""
        names = ("items", "medium_from", "high_from", "opinion_weight")
        return {name: self.cleaned_data[name] for name in names}


class AssessmentForm(forms.Form):
    """A new assessment."""

    title = forms.CharField(label=_("决策事项"), max_length=120)
    decision = forms.CharField(label=_("决策内容"), max_length=4000, widget=area_of_text(6))
    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())
    partners = forms.ModelMultipleChoiceField(
        label=_("配合单位"),
        queryset=Organization.objects.none(),
        required=False,
        help_text=_("可选多个"),
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("unit", "partners"):
            self.fields[name].queryset = units_of(tenant)  # type: ignore[attr-defined]


class ScoresForm(forms.Form):
    """One score and one reason per risk of the template; what is left empty is not saved."""

    def __init__(self, *args: Any, assessment: RiskAssessment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {score.code: score for score in assessment.scores.all()}
        self.items = parse(assessment.template.body).items
        for item in self.items:
            found = known.get(item.code)
            self.fields[f"score_{item.code}"] = forms.TypedChoiceField(
                label=gettext("%(label)s（权重 %(weight)s）")
                % {"label": item.label, "weight": item.weight},
                choices=[("", gettext("未评分")), *SCORES],
                coerce=int,
                empty_value=None,
                required=False,
                initial=found.score if found else None,
                help_text=item.help,
            )
            self.fields[f"reason_{item.code}"] = forms.CharField(
                label=gettext("%s：评分理由") % item.label,
                max_length=1000,
                required=False,
                initial=found.reason if found else "",
            )

    def scores(self) -> dict[str, tuple[int, str]]:
        """Will give what was filled in; only once valid."""
        d = self.cleaned_data
        return {
            item.code: (d[f"score_{item.code}"], d[f"reason_{item.code}"])
            for item in self.items
            if d[f"score_{item.code}"] is not None
        }


class OpinionsForm(forms.Form):
    """What a round of asking gave."""

    source = forms.ChoiceField(label=_("对象"), choices=OpinionSource.choices)
    way = forms.CharField(label=_("方式"), max_length=60, help_text=_("如座谈会、问卷、网上公示"))
    collected_on = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    supporting = forms.IntegerField(label=_("赞成"), min_value=0, initial=0)
    opposing = forms.IntegerField(label=_("反对"), min_value=0, initial=0)
    neutral = forms.IntegerField(label=_("弃权"), min_value=0, initial=0)
    summary = forms.CharField(label=_("意见摘要"), max_length=2000, widget=area_of_text(3))

    def as_opinions(self) -> NewOpinions:
        """Will give what the service takes; only once valid."""
        d = dict(self.cleaned_data)
        return NewOpinions(source=OpinionSource(d.pop("source")), **d)


class ConclusionForm(forms.Form):
    """The words of the conclusion."""

    conclusion = forms.CharField(label=_("评估结论"), max_length=4000, widget=area_of_text(5))


class ReasonForm(forms.Form):
    """Why the conclusion shall be fixed, for whoever checks it."""

    reason = forms.CharField(
        label=_("申请理由"), min_length=4, max_length=300, widget=area_of_text(2)
    )


class MeasureForm(forms.Form):
    """Something to be done by a unit until a day."""

    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())
    text = forms.CharField(label=_("措施"), max_length=1000, widget=area_of_text(2))
    due_on = forms.DateField(label=_("完成期限"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_of(tenant)  # type: ignore[attr-defined]
