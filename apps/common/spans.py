"""The form that asks for a span of days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import clock

LONGEST_DAYS = 366


class SpanForm(forms.Form):
    """Days of the city, both included; without them the last day."""

    since = forms.DateField(
        label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    usual_days = 1

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("结束日期不能早于开始日期"))
        elif since and ((until or clock.today()) - since).days >= LONGEST_DAYS:
            self.add_error("since", gettext("时间范围不能超过一年"))
        return given

    def span(self) -> tuple[datetime, datetime]:
        """Will give the moments the span begins and ends; nonsense means the usual days."""
        self.is_valid()
        given = self.cleaned_data
        now = clock.now()
        until = min(_begin(given["until"] + timedelta(days=1)), now) if given.get("until") else now
        since = given.get("since")
        begin = _begin(since) if since else until - timedelta(days=self.usual_days)
        return (begin, until) if begin < until else (until - timedelta(days=1), until)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
