"""Which units send cases back, and how often."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.common import clock
from apps.matters import selectors
from apps.matters.views.requests import viewer_of

DAYS = 30
COLUMNS = [
    {"key": "unit", "label": _("承办单位"), "is_wide": True},
    {"key": "given", "label": _("派单数"), "is_number": True},
    {"key": "asked", "label": _("申请退单"), "is_number": True},
    {"key": "granted", "label": _("同意"), "is_number": True},
    {"key": "refused", "label": _("不同意"), "is_number": True},
    {"key": "index", "label": _("退单指数"), "is_number": True},
]


class PeriodForm(forms.Form):
    """The days the figures are of, both included."""

    since = forms.DateField(label=_("自"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("结束日期不能早于开始日期"))
        return cleaned


@login_required
@permission_required("matters.supervise_case", raise_exception=True)
@require_GET
def return_rates(request: HttpRequest) -> HttpResponse:
    """The ping-pong index of the units, worst first; ``?unit=`` opens the cases behind a row."""
    viewer = viewer_of(request)
    today = clock.today()
    first = {"since": today - timedelta(days=DAYS), "until": today}
    asked = {"since", "until"} & set(request.GET)
    form = PeriodForm(request.GET if asked else {k: str(v) for k, v in first.items()})
    chosen = form.cleaned_data if form.is_valid() else first
    since = _midnight(chosen["since"])
    until = _midnight(chosen["until"] + timedelta(days=1))
    rates = selectors.list_return_rates(viewer, since=since, until=until)
    period = f"since={chosen['since']}&until={chosen['until']}"
    unit = request.GET.get("unit", "")
    behind = (
        selectors.list_returns(viewer, unit_id=int(unit), since=since, until=until)
        if unit.isdigit() and len(unit) < 19
        else None
    )
    context = {
        "form": form,
        "columns": COLUMNS,
        "rows": [
            {
                "unit": rate.unit,
                "given": rate.given,
                "asked": rate.asked,
                "granted": rate.granted,
                "refused": rate.refused,
                "index": rate.index,
                "url": f"{reverse('matters:returns')}?{period}&unit={rate.unit_id}#behind",
            }
            for rate in rates
        ],
        "behind": behind,
    }
    return render(request, "matters/returns.html", context)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
