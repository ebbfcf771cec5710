"""Input of the leader's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SettleForm(forms.Form):
    """What became of a deed that was kept."""

    note = forms.CharField(label=_("如何处理"), max_length=200, widget=forms.Textarea({"rows": 3}))
