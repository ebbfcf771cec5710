"""挂起, 恢复 and 加急: what stops, wakes and shortens the citizen's clock (SL-04, SL-05).

A suspension is asked for by the unit and approved by somebody else. The main clock waits because
the state it leads to is one the definition pauses in; a timer row wakes the case on the day named.
"""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.matters import deadlines
from apps.matters.actions.base import Action, ActionForm, Context, NewHurry, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.intake import rank
from apps.matters.actions.requests import RulingForm, ask, rule
from apps.matters.enums import Priority, RequestKind, RequestState, SuspensionReason
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseEvent, Request


class RequestSuspensionForm(ActionForm):
    reason_code = forms.ChoiceField(label=_("挂起理由"), choices=SuspensionReason)
    reason = long_text(_("说明"), max_length=1000)
    wake_on = forms.DateField(
        label=_("恢复日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("到日自动恢复办理"),
    )

    def clean_wake_on(self) -> Any:
        day = self.cleaned_data["wake_on"]
        most = self.definition.policy("suspension_max_days")
        if day <= clock.today():
            raise forms.ValidationError(gettext("恢复日期须晚于今天"))
        if day > clock.today() + timedelta(days=most):
            raise forms.ValidationError(gettext("最多可挂起%(most)s天"), params={"most": most})
        return day


@register
class RequestSuspension(Action):
    """申请挂起: with a reason from a list and the day work goes on."""

    code = "request_suspension"
    label = _("申请挂起")
    form_class = RequestSuspensionForm

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request

    def check(self, ctx: Context) -> None:
        granted = Request.objects.filter(
            case=ctx.case,
            kind=RequestKind.SUSPENSION,
            state=RequestState.APPROVED,
            task__round=ctx.case.round,
        ).count()
        if granted >= ctx.definition.policy("suspensions"):
            raise ActionNotPossible(
                gettext("本轮办理已挂起%(count)s次，不能再挂起") % {"count": granted}
            )

    def apply(self, ctx: Context) -> None:
        ask(ctx, RequestKind.SUSPENSION, wake_on=ctx.data["wake_on"].isoformat())


@register
class RuleSuspension(Action):
    """挂起审批: granted, the clock waits until the day named or until somebody resumes."""

    code = "rule_suspension"
    label = _("挂起审批")
    form_class = RulingForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.SUSPENSION

    def apply(self, ctx: Context) -> None:
        request, granted = rule(ctx, RequestKind.SUSPENSION)
        if granted:
            wait_until(ctx, request, request.details["wake_on"])
            ctx.public_text = gettext("因客观原因暂缓办理，预计%(day)s恢复。") % {
                "day": request.details["wake_on"]
            }


def wait_until(ctx: Context, request: Request, day: str) -> None:
    """Will set the timer of a granted request to the morning of a day (ISO 8601).

    Raises: ActionNotPossible (that day has come already).
    """
    moment = timezone.make_aware(datetime.combine(datetime.fromisoformat(day).date(), time(8)))
    if moment <= ctx.now:
        raise ActionNotPossible(
            gettext("申请的日期%(day)s已过，请不同意并要求重新申请") % {"day": day}
        )
    deadlines.start(
        deadlines.REQUEST,
        request.pk,
        case=ctx.case,
        label=str(RequestKind(request.kind).label),
        limit=deadlines.until(moment, at=ctx.now),
        at=ctx.now,
        by=ctx.actor,
    )
    ctx.event_data.update(request.details)


def stop_waiting(ctx: Context, *kinds: RequestKind) -> None:
    """Will silence the timers of the granted requests of these kinds."""
    granted = Request.objects.filter(
        case=ctx.case, kind__in=[k.value for k in kinds], state=RequestState.APPROVED
    )
    deadlines.stop(
        deadlines.REQUEST,
        granted.values_list("pk", flat=True),
        at=ctx.now,
        outcome="resumed",
        by=ctx.actor,
    )


class ResumeForm(ActionForm):
    reason = long_text(_("恢复说明"), max_length=500)


@register
class Resume(Action):
    """恢复: before the day named by hand, on that day by itself; what was left is left now."""

    code = "resume"
    label = _("恢复办理")
    form_class = ResumeForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        stop_waiting(ctx, RequestKind.SUSPENSION)
        ctx.note = ctx.data["reason"]
        ctx.public_text = gettext("已恢复办理。")


class HurryForm(ActionForm):
    reason = long_text(_("加急理由"), max_length=300)


@register
class Hurry(Action):
    """加急: urgent from now on; the unit keeps a share of what is left, once per round (SL-05)."""

    code = "hurry"
    label = _("加急")
    form_class = HurryForm
    style = "danger"

    def check(self, ctx: Context) -> None:
        done = CaseEvent.objects.filter(case=ctx.case, action=self.code, round=ctx.case.round)
        if done.exists():
            raise ActionNotPossible(gettext("本轮办理已加急，不能重复加急"))
        if ctx.case.due_at is None:
            raise ActionNotPossible(gettext("没有正在计时的办理时限"))

    def apply(self, ctx: Context) -> None:
        percent = ctx.definition.policy("hurry_percent")
        rank(ctx, Priority.URGENT)
        ctx.hurry = NewHurry(Decimal(percent) / 100, ctx.data["reason"])
        ctx.note = ctx.data["reason"]
        ctx.event_data["percent"] = percent
