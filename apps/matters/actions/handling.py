"""The unit's work: sign for it, answer it, have the answer reviewed by its head."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common import rows
from apps.common.journeys import Statement
from apps.matters.actions.base import (
    Action,
    ActionForm,
    Context,
    main_task_question,
    register,
)
from apps.matters.actions.fields import internal_note, long_text
from apps.matters.actions.sidework import finish_task, my_task, open_task, units_still_at
from apps.matters.enums import AttachmentPurpose, TaskKind, TaskState, Verdict
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Task

#: The policies that make the main unit wait for others.
WAITS = (
    ("wait_for_co", TaskKind.CO),
    ("wait_for_countersign", TaskKind.COUNTERSIGN),
)


class SignForm(ActionForm):
    note = internal_note()


@register
class Sign(Action):
    """签收: somebody of the unit takes the task on."""

    code = "sign"
    label = _("签收")
    form_class = SignForm
    style = "primary"

    def foreseen(self, case: Case) -> list[Statement]:
        return [main_task_question(case)]

    def apply(self, ctx: Context) -> None:
        task = ctx.main_task()
        task.state, task.signed_at = TaskState.RUNNING, ctx.now
        task.person = ctx.actor if isinstance(ctx.actor, User) else None
        rows.update(task, "state", "signed_at", "person")
        ctx.note = ctx.data["note"]
        ctx.public_text = gettext("%(unit)s已签收，正在办理。") % {"unit": task.unit.name}


class FeedBackForm(ActionForm):
    resolution = forms.ChoiceField(
        label=_("办理情况"),
        choices=[
            ("solved", _("已解决")),
            ("partly", _("部分解决")),
            ("explained", _("无法解决，已解释说明")),
        ],
    )
    result = long_text(_("办理结果"), help_text=_("将发给反映人，请写明做了什么、何时完成"))
    contacted = forms.BooleanField(label=_("已与反映人联系"), required=False)
    note = internal_note()


@register
class FeedBack(Action):
    """反馈: the unit says what it did; the case goes on to be checked."""

    code = "feed_back"
    label = _("反馈结果")
    form_class = FeedBackForm
    style = "primary"
    files_as = AttachmentPurpose.AFTER
    files_public = True

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request

    def foreseen(self, case: Case) -> list[Statement]:
        return [main_task_question(case), case.side_tasks_question()]

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(gettext("本案件有待审批的申请，请等待裁定后再反馈"))

        for policy, kind in WAITS:
            units = units_still_at(ctx.case, kind)
            if units and ctx.definition.policy(policy):
                raise ActionNotPossible(
                    gettext("%(units)s的%(kind)s尚未完成，请等待或先撤销")
                    % {"units": units, "kind": kind.label}
                )

    def apply(self, ctx: Context) -> None:
        task = ctx.main_task()
        ctx.note = ctx.data["note"]
        ctx.event_data.update(
            resolution=ctx.data["resolution"],
            contacted=ctx.data["contacted"],
            unit=task.unit.name,
        )
        if ctx.definition.policy("review_required") and "review" in ctx.action.outcomes:
            ctx.outcome = "review"
            submit_for_review(ctx, task, ctx.data["result"])
        else:
            ctx.outcome = "done"
            answer(ctx, task, ctx.data["result"])


def answer(ctx: Context, task: Task, result: str) -> None:
    """Will end the main task with its result, which the reporter reads."""
    task.state, task.done_at, task.result = TaskState.DONE, ctx.now, result
    task.was_late = task.due_at is not None and ctx.now > task.due_at
    rows.update(task, "state", "done_at", "result", "was_late")
    ctx.set(answered_at=ctx.now)
    ctx.event_data["was_late"] = task.was_late
    ctx.public_text = gettext("%(unit)s答复：%(result)s") % {
        "unit": task.unit.name,
        "result": result,
    }


def submit_for_review(ctx: Context, task: Task, result: str) -> None:
    """Will keep the result as a draft and ask the head of the unit to approve it."""
    task.result = result
    rows.update(task, "result")
    open_task(ctx, TaskKind.REVIEW, task.unit, instruction=result, days=1)


class ReviewForm(ActionForm):
    decision = forms.TypedChoiceField(
        label=_("审核意见"),
        choices=[("approve", _("通过")), ("reject", _("驳回"))],
        widget=forms.RadioSelect,
    )
    opinion = long_text(_("审核说明"), required=False, max_length=500)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == "reject" and not cleaned.get("opinion"):
            self.add_error("opinion", gettext("驳回时请说明理由"))
        return cleaned


@register
class Review(Action):
    """审核: the head of the unit lets the answer out, or sends it back (驳回).

    The clock of the case goes on until the approval: reviewing is the unit's own time.
    """

    code = "review"
    label = _("审核反馈")
    form_class = ReviewForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        review = my_task(ctx, TaskKind.REVIEW)
        main = ctx.main_task()
        if isinstance(ctx.actor, User) and main.person_id == ctx.actor.pk:
            raise ActionNotPossible(gettext("承办人不能审核自己的反馈"))
        approved = ctx.data["decision"] == "approve"
        verdict = Verdict.PASS if approved else Verdict.FAIL
        finish_task(ctx, review, result=ctx.data["opinion"], verdict=verdict)
        ctx.note = ctx.data["opinion"]
        ctx.outcome = "approved" if approved else "rejected"
        if approved:
            answer(ctx, main, main.result)
        elif main.person is not None:
            ctx.notify(
                [main.person],
                kind="ruling",
                title=gettext("反馈被驳回：%(title)s") % {"title": ctx.case.title},
                body=ctx.data["opinion"],
            )
