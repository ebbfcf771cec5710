"""Form fields the actions share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LIMIT_UNITS = [
    ("working_days", _("工作日")),
    ("working_hours", _("工作小时")),
    ("calendar_days", _("自然日")),
    ("calendar_hours", _("小时")),
]


def long_text(label: Any, *, required: bool = True, max_length: int = 2000, **extra: Any) -> Any:
    """Will give a text area that says how long the text may be."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        **extra,
    )


def internal_note() -> forms.CharField:
    """Will give the field for what only colleagues read."""
    return forms.CharField(
        label=_("内部说明"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("仅工作人员可见"),
    )


def days_field(label: Any, *, most: int = 60, required: bool = True) -> forms.IntegerField:
    """Will give a number of working days."""
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=required)


def yes_or_no(label: Any) -> forms.TypedChoiceField:
    """Will give a choice between approving and rejecting."""
    return forms.TypedChoiceField(
        label=label,
        choices=[("approve", _("同意")), ("reject", _("不同意"))],
        widget=forms.RadioSelect,
    )
