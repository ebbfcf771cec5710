"""Form fields the actions share."""

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.common.questions import Question

_UNIT = Question(lambda tenant, unit: units_in_use(tenant).filter(pk=unit))
_KEY = re.compile(r"[0-9]{1,18}")  # fits the column
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


def units_in_use(tenant_id: int) -> QuerySet[Organization]:
    """Will give the units of a body that may be given work, by path."""
    return Organization.objects.filter(tenant_id=tenant_id, is_active=True).order_by("path")


class UnitField(forms.ModelChoiceField):
    """One of ``units_in_use``: its form sets ``queryset``, for the list, and ``tenant_id``.

    What was chosen is found by its key alone, with a statement the database keeps.
    """

    tenant_id = 0

    def to_python(self, value: Any) -> Organization | None:
        """Will find the unit. Raises: ValidationError (none in use has this key)."""
        if value in self.empty_values:
            return None
        key = str(value.pk if isinstance(value, Organization) else value)
        unit = _UNIT.first(self.tenant_id, int(key)) if _KEY.fullmatch(key) else None
        if unit is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": value},
            )
        return unit


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
