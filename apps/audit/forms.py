from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """What to look for in the log; days are the city's."""

    actor = forms.CharField(label=_("操作人"), max_length=100, required=False)
    action = forms.CharField(label=_("动作"), max_length=80, required=False)
    object_type = forms.CharField(label=_("对象类型"), max_length=80, required=False)
    object_id = forms.CharField(label=_("对象编号"), max_length=80, required=False)
    from_on = forms.DateField(
        label=_("起始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    to_on = forms.DateField(
        label=_("截止日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("to_on")
        if first and last and last < first:
            self.add_error("to_on", _("截止日期早于起始日期"))
        return cleaned
