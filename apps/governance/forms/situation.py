"""What narrows the grid page and the pages of trends."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.governance.forms.disputes import PeriodForm


class SituationForm(PeriodForm):
    """Area and period of the grid page."""

    area = forms.IntegerField(required=False, widget=forms.HiddenInput, label=_("区域"))
