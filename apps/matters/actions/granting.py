"""Applications: from the rules to a unit, from a unit to a decision, from the parts to one result.

The state machine is the matter's own; these verbs are what service matters have in common.
Source: MT-16, MT-17.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.matters.actions.assistance import can_help
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.dispatching import ask_to_help, assign
from apps.matters.actions.fields import internal_note, long_text
from apps.matters.enums import OPEN_TASK_STATES, AttachmentPurpose, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Task
from apps.matters.routing import propose_dispatch, read_proposal


class AutoDispatchForm(ActionForm):
    instruction = forms.CharField(required=False, max_length=1000)


@register
class AutoDispatch(Action):
    """自动交办: the rules name the unit; where they name none a dispatcher has to.

    Outcomes: ``assigned``, ``open`` (no unit named).
    """

    code = "auto_dispatch"
    label = _("自动交办")
    form_class = AutoDispatchForm

    def apply(self, ctx: Context) -> None:
        propose_dispatch(ctx)
        proposal = read_proposal(ctx.case)
        ctx.set(accepted_at=ctx.case.accepted_at or ctx.now)
        if proposal is None or proposal.unit is None:
            ctx.outcome = "open"
            ctx.note = gettext("规则没有给出承办单位，请人工交办")
            return
        ctx.outcome = "assigned"
        ctx.limit = proposal.limit or ctx.definition.dispatch_default
        ctx.set(dispatched_at=ctx.now)
        assign(ctx, proposal.unit, instruction=ctx.data["instruction"])
        ctx.event_data.update(unit=proposal.unit.name, limit=ctx.limit, by_rule=True)
        if proposal.co_units and can_help(ctx.definition):
            days = ctx.definition.policy("task_days")
            ask_to_help(ctx, proposal.co_units, instruction=ctx.data["instruction"], days=days)
        ctx.public_text = gettext("已交由%(unit)s办理。") % {"unit": proposal.unit.name}


class DecideForm(ActionForm):
    decision = forms.ChoiceField(
        label=_("审批决定"),
        choices=[("approve", _("准予")), ("refuse", _("不予批准"))],
        widget=forms.RadioSelect,
    )
    opinion = long_text(_("审批意见"), max_length=1000, help_text=_("将告知申请人"))
    document_number = forms.CharField(
        label=_("证照或文书编号"), required=False, max_length=60, strip=True
    )
    note = internal_note()


@register
class Decide(Action):
    """审批决定: the unit grants or refuses what was applied for, with words for the applicant.

    Outcomes: ``approved``, ``refused``.
    """

    code = "decide"
    label = _("审批")
    form_class = DecideForm
    style = "primary"
    files_as = AttachmentPurpose.AFTER
    files_public = True

    def apply(self, ctx: Context) -> None:
        task = ctx.main_task()
        task.state, task.done_at, task.result = TaskState.DONE, ctx.now, ctx.data["opinion"]
        task.was_late = task.due_at is not None and ctx.now > task.due_at
        task.save(update_fields=["state", "done_at", "result", "was_late"])
        granted = ctx.data["decision"] == "approve"
        ctx.note = ctx.data["note"]
        grant_or_refuse(ctx, granted=granted, number=ctx.data["document_number"])
        words = gettext("准予") if granted else gettext("不予批准")
        ctx.public_text = gettext("%(unit)s%(decision)s：%(opinion)s") % {
            "unit": task.unit.name,
            "decision": words,
            "opinion": ctx.data["opinion"],
        }


def grant_or_refuse(ctx: Context, *, granted: bool, number: str) -> None:
    """Will end the case as granted or refused and keep what is handed out."""
    ctx.outcome = "approved" if granted else "refused"
    ctx.set(answered_at=ctx.now, closed_at=ctx.now)
    ctx.event_data["granted"] = granted
    ctx.event_data["document_number"] = number if granted else ""


class ApproveInstantlyForm(ActionForm):
    document_number = forms.CharField(required=False, max_length=60)


@register
class ApproveInstantly(Action):
    """秒批: every check of the matter passed; nobody has to look. Outcome: ``approved``."""

    code = "approve_instantly"
    label = _("秒批")
    form_class = ApproveInstantlyForm

    def apply(self, ctx: Context) -> None:
        ctx.set(accepted_at=ctx.case.accepted_at or ctx.now)
        grant_or_refuse(ctx, granted=True, number=ctx.data["document_number"])
        ctx.public_text = gettext("各项核验全部通过，已即时批准。")


class ConcludeForm(ActionForm):
    outcome = forms.ChoiceField(choices=[(c, c) for c in ("done", "partly", "refused")])
    summary = forms.CharField(max_length=1000)


@register
class Conclude(Action):
    """汇总: all parts are decided. Outcomes: ``done``, ``partly``, ``refused``."""

    code = "conclude"
    label = _("汇总结果")
    form_class = ConcludeForm

    def apply(self, ctx: Context) -> None:
        ctx.outcome = ctx.data["outcome"]
        ctx.set(answered_at=ctx.now)
        if ctx.outcome == "refused":
            ctx.set(closed_at=ctx.now)
        ctx.event_data["outcome"] = ctx.outcome
        ctx.public_text = ctx.data["summary"]


class HandOutForm(ActionForm):
    way = forms.ChoiceField(
        label=_("发放方式"),
        choices=[
            ("window", _("窗口领取")),
            ("post", _("邮寄送达")),
            ("electronic", _("电子证照")),
        ],
    )
    receiver = forms.CharField(label=_("签收人"), max_length=60, required=False)
    note = internal_note()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("way") == "window" and not cleaned.get("receiver"):
            self.add_error("receiver", gettext("窗口领取须登记签收人"))
        return cleaned


@register
class HandOut(Action):
    """一口发证: all documents leave by one hand."""

    code = "hand_out"
    label = _("统一发证")
    form_class = HandOutForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        ctx.set(closed_at=ctx.now)
        ctx.note = ctx.data["note"]
        ctx.event_data.update(way=ctx.data["way"], receiver=ctx.data["receiver"])
        way = dict(self.form_class.base_fields["way"].choices)[ctx.data["way"]]  # type: ignore[attr-defined]
        ctx.public_text = gettext("办理结果已发放：%(way)s。") % {"way": way}


class WithdrawForm(ActionForm):
    reason = long_text(_("撤回原因"), max_length=300, required=False)


@register
class Withdraw(Action):
    """撤回申请: the applicant wants it no more; open tasks are cancelled."""

    code = "withdraw"
    label = _("撤回申请")
    form_class = WithdrawForm
    style = "danger"

    def check(self, ctx: Context) -> None:
        if ctx.case.is_ended:
            raise ActionNotPossible(gettext("已办结的申请不能撤回"))

    def apply(self, ctx: Context) -> None:
        Task.objects.filter(case=ctx.case, state__in=OPEN_TASK_STATES).update(
            state=TaskState.CANCELLED, done_at=ctx.now
        )
        ctx.set(closed_at=ctx.now)
        ctx.note = ctx.data["reason"]
        ctx.public_text = gettext("申请已撤回。")
