"""Why a form asks again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.governance.burden import Meter
from apps.governance.enums import AskedAgainFor
from apps.governance.forms.disputes import area_of_text


class ReasonForm(forms.Form):
    """A reason for one of the fields that ask what is held."""

    field = forms.ChoiceField(label=_("字段"))
    kind = forms.ChoiceField(label=_("理由类别"), choices=AskedAgainFor.choices)
    text = forms.CharField(label=_("理由"), max_length=300, widget=area_of_text(2))

    def __init__(self, *args: Any, meter: Meter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [(f.name, f.label) for f in meter.fields if f.held is not None]
        self.fields["field"].choices = held  # type: ignore[attr-defined]
