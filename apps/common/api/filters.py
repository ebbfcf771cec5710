"""Filters of REST lists that take what callers send."""

from datetime import UTC, datetime
from typing import Any

from django.forms import ValidationError
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.filters import IsoDateTimeFilter


class MomentField(IsoDateTimeField):
    """A time in UTC: offsets beyond sixteen hours are ISO 8601, but not for the database."""

    def clean(self, value: Any) -> datetime | None:
        """Raises: ValidationError (no time, or one no calendar holds once it is UTC)."""
        found: datetime | None = super().clean(value)
        try:
            return found.astimezone(UTC) if found is not None else None
        except OverflowError as error:
            raise ValidationError(_("时间超出范围"), code="invalid") from error


class MomentFilter(IsoDateTimeFilter):
    """A filter by a time with zone, ISO 8601."""

    field_class = MomentField
