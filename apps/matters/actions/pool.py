"""挂账: a problem that cannot be solved now leaves the running lists, with a plan and a date.

The state it leads to has the category ``parked``: its clocks wait, it is in no running list, and
the rates leave it out of their denominators until it is taken out again. It is looked at anew on
the review date at the latest; a timer row reminds of it.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.requests import RulingForm, ask, rule
from apps.matters.actions.suspension import stop_waiting, wait_until
from apps.matters.enums import RequestKind, RequestState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Request

PARKING_REASONS = [
    ("history", _("历史遗留问题")),
    ("policy", _("受政策法规限制")),
    ("funds", _("需较大资金投入")),
    ("project", _("纳入中长期建设计划")),
    ("cross", _("涉及多级多方，须统筹解决")),
]


class ReviewDateForm(ActionForm):
    review_on = forms.DateField(label=_("复查日期"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_review_on(self) -> Any:
        day = self.cleaned_data["review_on"]
        most = self.definition.policy("park_review_days")
        if day <= clock.today():
            raise forms.ValidationError(gettext("复查日期须晚于今天"))
        if day > clock.today() + timedelta(days=most):
            raise forms.ValidationError(gettext("复查间隔最长%(most)s天"), params={"most": most})
        return day


class RequestParkingForm(ReviewDateForm):
    reason_code = forms.ChoiceField(label=_("挂账理由"), choices=PARKING_REASONS)
    reason = long_text(_("情况说明"), max_length=1000)
    plan = long_text(_("解决计划"), max_length=1000, help_text=_("责任人、措施和预计完成时间"))

    field_order = ("reason_code", "reason", "plan", "review_on")


@register
class RequestParking(Action):
    """申请挂账: with reason, plan and the day it is looked at again."""

    code = "request_parking"
    label = _("申请挂账")
    form_class = RequestParkingForm

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request

    def apply(self, ctx: Context) -> None:
        ask(
            ctx,
            RequestKind.PARKING,
            ruled_by="matters.supervise_case",
            plan=ctx.data["plan"],
            review_on=ctx.data["review_on"].isoformat(),
        )


@register
class RuleParking(Action):
    """挂账审批: granted, the case goes into the pool and its clock waits."""

    code = "rule_parking"
    label = _("挂账审批")
    form_class = RulingForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.PARKING

    def apply(self, ctx: Context) -> None:
        request, granted = rule(ctx, RequestKind.PARKING)
        if granted:
            wait_until(ctx, request, request.details["review_on"])
            ctx.public_text = gettext("您反映的问题暂不具备解决条件，已列入挂账问题库持续跟踪。")


class ReviewPoolForm(ReviewDateForm):
    note = long_text(_("复查情况"), max_length=1000)

    field_order = ("note", "review_on")


@register
class ReviewPool(Action):
    """挂账复查: looked at, not solvable yet, with the next date."""

    code = "review_pool"
    label = _("登记复查")
    form_class = ReviewPoolForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        request = (
            Request.objects.select_for_update()
            .filter(case=ctx.case, kind=RequestKind.PARKING, state=RequestState.APPROVED)
            .order_by("-id")
            .first()
        )
        if request is None:
            raise ActionNotPossible(gettext("此案件没有在册的挂账"))
        stop_waiting(ctx, RequestKind.PARKING)
        request.details["review_on"] = ctx.data["review_on"].isoformat()
        request.save(update_fields=["details"])
        wait_until(ctx, request, request.details["review_on"])
        ctx.note = ctx.data["note"]


class UnparkForm(ActionForm):
    reason = long_text(_("移出说明"), max_length=500)


@register
class Unpark(Action):
    """移出挂账: it can be solved now; what was left of the time is left."""

    code = "unpark"
    label = _("移出挂账")
    form_class = UnparkForm

    def apply(self, ctx: Context) -> None:
        stop_waiting(ctx, RequestKind.PARKING)
        ctx.note = ctx.data["reason"]
        ctx.public_text = gettext("您反映的问题已恢复办理。")
