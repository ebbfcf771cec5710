"""Who can see a case, for those who grant rights and those who audit them."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.exports import Column, xlsx_response
from apps.common.phrases import points, series
from apps.matters import selectors
from apps.matters.models import Case
from apps.matters.permissions import can_trace_rights
from apps.matters.selectors import Seer, Seers
from apps.matters.views.requests import viewer_of

COLUMNS = [
    Column(_("姓名"), lambda seer: seer.user.full_name, 14),
    Column(_("工号"), lambda seer: seer.user.employee_number, 14),
    Column(_("岗位"), lambda seer: series(held.post for held in seer.posts), 40),
    Column(_("可见理由"), lambda seer: points(seer.reasons), 80),
]


class TraceForm(forms.Form):
    """A case by its number, and the day that is asked about."""

    number = forms.CharField(label=_("案件编号"), max_length=40)
    on = forms.DateField(
        label=_("日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("以当日结束时的权限为准，当天以此刻为准"),
    )
    q = forms.CharField(label=_("姓名或岗位"), max_length=40, required=False)

    def clean_on(self) -> Any:
        day = self.cleaned_data["on"]
        if day > clock.today():
            raise forms.ValidationError(_("日期不能晚于今天"))
        return day


@require_GET
@login_required
def case_viewers(request: HttpRequest) -> HttpResponseBase:
    """Asks for a case and a day, and answers with the people and the rights that opened it."""
    viewer = viewer_of(request)
    if not can_trace_rights(viewer):
        raise PermissionDenied
    asked = request.GET.copy()
    asked.setdefault("on", clock.today().isoformat())
    form = TraceForm(asked if "number" in request.GET else None, initial=asked.dict())
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            case, seers = _trace(viewer, form)
        except DomainError as refusal:
            form.add_error(
                refusal.field if refusal.field in form.fields else "number", str(refusal)
            )
        else:
            shown = _matching(seers, form.cleaned_data["q"])
            if "export" in request.GET:
                return xlsx_response(f"{case.number}-{seers.rights.day}", COLUMNS, shown)
            context |= {"case": case, "seers": seers, "shown": shown, "query": asked.urlencode()}
    return render(request, "matters/case_viewers.html", context)


def _trace(viewer: User, form: TraceForm) -> tuple[Case, Seers]:
    """Looks it up; who asked about which case and day is in the log."""
    case = selectors.traceable_case(viewer, form.cleaned_data["number"])
    seers = selectors.who_could_see(case, form.cleaned_data["on"])
    record(
        viewer,
        "rights.traced",
        object_type="matters.case",
        object_id=case.pk,
        object_label=case.number,
        data={"on": seers.rights.day.isoformat(), "people": len(seers.people)},
    )
    return case, seers


def _matching(seers: Seers, text: str) -> list[Seer]:
    return [
        seer
        for seer in seers.people
        if text in seer.user.full_name or any(text in str(held.post) for held in seer.posts)
    ]
