"""Shapes of what people write when they file or check a change."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class FilingForm(forms.Form):
    """Why a change is wanted; mixed into forms whose change may need a second person."""

    reason = forms.CharField(
        label=_("申请理由"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("须双人复核时必填，由另一人核对后才生效。"),
    )


class EmergencyForm(FilingForm):
    """The same for acts that may be done alone in an emergency."""

    is_alone = forms.BooleanField(
        label=_("紧急情况，单人立即办理"),
        required=False,
        help_text=_("立即生效并通知全部复核人和审计管理员，24 小时内须由另一人补复核。"),
    )


class ReasonForm(FilingForm):
    """A change that always needs a second person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].help_text = _("由另一人核对后才生效。")


class DecisionForm(forms.Form):
    """What the checker says. digest: of the change as it was shown."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(
        label=_("复核意见"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不批准或不认可时必填，提交人会看到。"),
    )
