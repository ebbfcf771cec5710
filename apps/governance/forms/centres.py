"""What people fill in about centres and the scores they pass down."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.governance.enums import CentreLevel
from apps.governance.forms.disputes import area_of_text
from apps.governance.models import Centre

MONTHS = ["%Y-%m"]


def month_field(label: Any) -> forms.DateField:
    """Will give a field for a month, kept as its first day."""
    return forms.DateField(
        label=label,
        input_formats=MONTHS,
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )


class CentreForm(forms.Form):
    """A centre: level, name, unit, centre above."""

    level = forms.ChoiceField(label=_("层级"), choices=CentreLevel.choices)
    name = forms.CharField(label=_("名称"), max_length=80)
    unit = forms.ModelChoiceField(label=_("依托单位"), queryset=Organization.objects.none())
    parent = forms.ModelChoiceField(
        label=_("上级中心"), queryset=Centre.objects.none(), required=False
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organization.objects.filter(tenant=tenant, is_active=True).order_by("path")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        above = Centre.objects.filter(tenant=tenant, is_active=True)
        self.fields["parent"].queryset = above  # type: ignore[attr-defined]


class ScoreForm(forms.Form):
    """A score for a centre below."""

    receiver = forms.ModelChoiceField(label=_("下级中心"), queryset=Centre.objects.none())
    month = month_field(_("考核月"))
    title = forms.CharField(label=_("标题"), max_length=120)
    score = forms.DecimalField(
        label=_("得分"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    place = forms.IntegerField(label=_("名次"), required=False, min_value=1)
    text = forms.CharField(label=_("说明"), max_length=2000, widget=area_of_text(4))

    def __init__(self, *args: Any, centre: Centre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = centre.children.filter(is_active=True)
        self.fields["receiver"].queryset = below  # type: ignore[attr-defined]


class ReplyForm(forms.Form):
    """The answer of whoever signs for a score."""

    reply = forms.CharField(
        label=_("反馈"), required=False, max_length=2000, widget=area_of_text(2)
    )
