"""What all requests share, and 延期: asked for by the unit, ruled on by somebody else.

A request is a row beside the state: while it waits, the unit stays responsible and the
citizen's clock goes on, so that sending a case back never stops it.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import users_with_permission
from apps.clocks import selectors as clock_reads
from apps.matters.actions.base import Action, ActionForm, Context, NewExtension, register
from apps.matters.actions.fields import long_text, yes_or_no
from apps.matters.definition import MatterDefinition
from apps.matters.enums import RequestKind, RequestState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Request


def ask(
    ctx: Context,
    kind: RequestKind,
    *,
    ruled_by: str = "matters.dispatch_case",
    **details: Any,
) -> Request:
    """Will put a request beside the case and tell those who rule on it (a permission)."""
    if ctx.case.pending_request:
        raise ActionNotPossible(gettext("本案件已有待审批的申请"))
    task = ctx.main_task()
    request = Request.objects.create(
        case=ctx.case,
        task=task,
        kind=kind,
        reason_code=ctx.data.get("reason_code", ""),
        reason=ctx.data["reason"],
        details=details,
        asked_at=ctx.now,
        asked_by_id=ctx.actor.pk,
        asked_by_name=ctx.actor.display_name,
        unit=task.unit,
    )
    ctx.set(pending_request=kind.value)
    ctx.note = ctx.data["reason"]
    ctx.event_data.update(details, reason_code=request.reason_code)
    ctx.notify(
        users_with_permission(ruled_by).filter(
            appointments__post__organization__tenant_id=ctx.case.tenant_id
        ),
        kind="request",
        title=gettext("%(kind)s申请：%(title)s") % {"kind": kind.label, "title": ctx.case.title},
        body=gettext("%(unit)s：%(reason)s")
        % {"unit": task.unit.name, "reason": ctx.data["reason"]},
    )
    return request


def rule(ctx: Context, kind: RequestKind) -> tuple[Request, bool]:
    """Will settle the pending request and tell the asker; gives it and whether it was granted.

    Raises: ActionNotPossible (nothing is pending, or the actor asked for it himself).
    """
    request = ctx.pending(kind)
    granted = ctx.data["decision"] == "approve"
    state = RequestState.APPROVED if granted else RequestState.REJECTED
    settle(ctx, request, state, ctx.data["opinion"])
    ctx.outcome = "approved" if granted else "rejected"
    ctx.note = ctx.data["opinion"]
    ctx.event_data.update(decision=ctx.data["decision"], request=kind.value)
    if request.unit is not None:
        ctx.notify(
            users_with_permission("matters.handle_case", organization=request.unit),
            kind="ruling",
            title=gettext("%(kind)s申请%(state)s：%(title)s")
            % {
                "kind": kind.label,
                "state": request.get_state_display(),
                "title": ctx.case.title,
            },
            body=ctx.data["opinion"],
        )
    return request, granted


def settle(ctx: Context, request: Request, state: RequestState, note: str) -> None:
    """Will write how a request was ruled and free the case for the next one.

    Raises: ActionNotPossible (the actor asked for it himself).
    """
    if ctx.actor.pk is not None and request.asked_by_id == ctx.actor.pk:
        raise ActionNotPossible(gettext("申请人不能审批自己的申请"))
    request.state, request.decided_at, request.decision_note = state, ctx.now, note
    request.decided_by_id, request.decided_by_name = ctx.actor.pk, ctx.actor.display_name
    request.save(
        update_fields=[
            "state",
            "decided_at",
            "decision_note",
            "decided_by_id",
            "decided_by_name",
        ]
    )
    ctx.set(pending_request="")


class RulingForm(ActionForm):
    decision = yes_or_no(_("裁定"))
    opinion = long_text(_("裁定意见"), max_length=500)


#: By what the main clock counts in: the field asked for, its label, the unit of what is granted.
_BY_HOURS = ("hours", _("申请延长（小时）"))
_MORE = {
    "calendar_minutes": (*_BY_HOURS, "calendar_hours"),
    "calendar_hours": (*_BY_HOURS, "calendar_hours"),
    "working_minutes": (*_BY_HOURS, "working_hours"),
    "working_hours": (*_BY_HOURS, "working_hours"),
    "calendar_days": ("days", _("申请延长（自然日）"), "calendar_days"),
}
_USUAL = ("days", _("申请延长（工作日）"), "working_days")


def more_of(case: Case, definition: MatterDefinition) -> tuple[str, Any, str]:
    """Will give how more time is asked for on a case: the field, its label, the unit granted.

    Time of one family only can be added to a clock: working time to working time.
    """
    main = next((each.name for each in definition.clocks if each.main), "")
    for running in clock_reads.open_clocks("case", case.pk):
        if running.name == main:
            return _MORE.get(running.limit_unit, _USUAL)
    return _USUAL


class RequestExtensionForm(ActionForm):
    days = forms.IntegerField(label=_("申请延长（工作日）"), min_value=1, max_value=60)
    hours = forms.IntegerField(label=_("申请延长（小时）"), min_value=1, max_value=1440)
    reason = long_text(_("延期理由"), max_length=1000)

    def prepare(self) -> None:
        wanted, label, self.unit = more_of(self.case, self.definition)
        self.fields[wanted].label = label
        del self.fields["days" if wanted == "hours" else "hours"]

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        most = self.definition.policy("extension_max_days")
        if days > most:
            raise forms.ValidationError(
                gettext("最多可延长%(most)s个工作日"), params={"most": most}
            )
        return days

    def clean_hours(self) -> int:
        hours: int = self.cleaned_data["hours"]
        most = self.definition.policy("extension_max_days") * 24
        if hours > most:
            raise forms.ValidationError(gettext("最多可延长%(most)s小时"), params={"most": most})
        return hours


@register
class RequestExtension(Action):
    """申请延期: more time, once or as often as the city permits (SL-04).

    Asked for in hours where the main clock counts hours, else in days of its kind.
    """

    code = "request_extension"
    label = _("申请延期")
    form_class = RequestExtensionForm

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request

    def check(self, ctx: Context) -> None:
        granted = Request.objects.filter(
            case=ctx.case,
            kind=RequestKind.EXTENSION,
            state=RequestState.APPROVED,
            task__round=ctx.case.round,
        ).count()
        if granted >= ctx.definition.policy("extensions"):
            raise ActionNotPossible(
                gettext("本轮办理已延期%(count)s次，不能再延") % {"count": granted}
            )
        if ctx.case.due_at is not None and ctx.now > ctx.case.due_at:
            raise ActionNotPossible(gettext("案件已超期，不能申请延期"))

    def apply(self, ctx: Context) -> None:
        wanted, _label, unit = more_of(ctx.case, ctx.definition)
        ask(ctx, RequestKind.EXTENSION, amount=ctx.data[wanted], unit=unit)


@register
class RuleExtension(Action):
    """延期审批: granted, the ledger of the main clock gets the amount and its reason."""

    code = "rule_extension"
    label = _("延期审批")
    form_class = RulingForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.EXTENSION

    def apply(self, ctx: Context) -> None:
        request, granted = rule(ctx, RequestKind.EXTENSION)
        if not granted:
            return
        ctx.extension = NewExtension(
            amount=request.details["amount"],
            unit=request.details["unit"],
            reason=request.reason,
            request=f"request:{request.pk}",
        )
        ctx.event_data.update(request.details)
