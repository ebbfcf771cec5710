"""会签: one question, several units, one result by a rule chosen beforehand.

all: everybody agrees. any: one agrees. ratio: at least so many percent agree. veto: nobody
objects, and silence past the time is consent. Decided as soon as no answer still to come can
change it; the rest is withdrawn then.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import users_with_permission
from apps.matters.actions.assistance import UnitsForm
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.sidework import begin_task, cancel_tasks, finish_task, my_task, open_task
from apps.matters.enums import (
    OPEN_TASK_STATES,
    SignRule,
    SignState,
    TaskKind,
    TaskState,
    Verdict,
)
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Countersigning, Task


class StartForm(UnitsForm):
    question = long_text(_("会签事项"), max_length=1000)
    rule = forms.ChoiceField(
        label=_("通过条件"),
        choices=SignRule,
        help_text=_("一票否决：无人反对即通过，逾期未答视为无异议"),
    )
    ratio = forms.IntegerField(
        label=_("同意比例（%）"), min_value=1, max_value=100, required=False, initial=67
    )
    is_ordered = forms.BooleanField(label=_("按所选单位顺序逐个会签"), required=False)

    field_order = ("question", "units", "rule", "ratio", "is_ordered", "days")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("rule") == SignRule.RATIO and not cleaned.get("ratio"):
            self.add_error("ratio", gettext("请填写同意比例"))
        return cleaned


@register
class StartCountersign(Action):
    """发起会签: every unit gets its task, all at once or one after the other."""

    code = "start_countersign"
    label = _("发起会签")
    form_class = StartForm

    def check(self, ctx: Context) -> None:
        if Countersigning.objects.filter(case=ctx.case, state=SignState.OPEN).exists():
            raise ActionNotPossible(gettext("本案件已有进行中的会签"))

    def apply(self, ctx: Context) -> None:
        data, units = ctx.data, list(ctx.data["units"])
        asked = Countersigning.objects.create(
            case=ctx.case,
            question=data["question"],
            rule=data["rule"],
            ratio=data["ratio"] or 100,
            is_ordered=data["is_ordered"],
            started_at=ctx.now,
            started_by_name=ctx.actor.display_name,
        )
        for position, unit in enumerate(units, 1):
            open_task(
                ctx,
                TaskKind.COUNTERSIGN,
                unit,
                instruction=asked.question,
                days=data["days"],
                countersigning=asked,
                position=position,
                is_queued=asked.is_ordered and position > 1,
            )
        ctx.note = asked.question
        ctx.event_data.update(
            units=[unit.name for unit in units],
            rule=asked.rule,
            ratio=asked.ratio,
            days=data["days"],
        )


class CountersignForm(ActionForm):
    verdict = forms.ChoiceField(
        label=_("会签意见"),
        choices=[(Verdict.AGREE, _("同意")), (Verdict.DISAGREE, _("不同意"))],
        widget=forms.RadioSelect,
    )
    opinion = long_text(_("意见说明"), required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Verdict.DISAGREE and not cleaned.get("opinion"):
            self.add_error("opinion", gettext("不同意时请说明理由"))
        return cleaned


@register
class Countersign(Action):
    """会签: the unit agrees or not; the last answer that matters decides."""

    code = "countersign"
    label = _("会签")
    form_class = CountersignForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        task = my_task(ctx, TaskKind.COUNTERSIGN)
        finish_task(ctx, task, result=ctx.data["opinion"], verdict=ctx.data["verdict"])
        ctx.note = ctx.data["opinion"]
        asked = task.countersigning
        assert asked is not None
        go_on(ctx, asked, days=ctx.definition.policy("task_days"))


def go_on(ctx: Context, asked: Countersigning, *, days: int) -> None:
    """Will decide the countersigning where it is decided, or begin the next turn."""
    tasks = list(Task.objects.filter(countersigning=asked).order_by("position"))
    state = result_of(asked, tasks)
    if state == SignState.OPEN:
        is_running = any(t.state in OPEN_TASK_STATES for t in tasks)
        following = next((t for t in tasks if t.state == TaskState.QUEUED), None)
        if following is not None and not is_running:
            begin_task(ctx, following, days=days)
        return
    asked.state, asked.decided_at = state, ctx.now
    asked.save(update_fields=["state", "decided_at"])
    left = [t.pk for t in tasks if t.state in (*OPEN_TASK_STATES, TaskState.QUEUED)]
    if left:
        cancel_tasks(ctx, ids=left)
    ctx.event_data["result"] = state.value
    if ctx.case.unit is not None:
        ctx.notify(
            users_with_permission("matters.handle_case", organization=ctx.case.unit),
            kind="ruling",
            title=f"{SignState(state).label}：{ctx.case.title}",
            body=asked.question,
        )


def result_of(asked: Countersigning, tasks: list[Task]) -> SignState:
    """Will tell how a countersigning stands by what was answered so far.

    Withdrawn tasks do not count; without any answer to wait for it has failed.
    """
    counted = [t for t in tasks if t.state != TaskState.CANCELLED]
    total = len(counted)
    agreed = sum(t.verdict == Verdict.AGREE for t in counted)
    against = sum(t.verdict == Verdict.DISAGREE for t in counted)
    needed = {
        SignRule.ALL: total,
        SignRule.VETO: total,
        SignRule.ANY: 1,
        SignRule.RATIO: -(-total * asked.ratio // 100),
    }[SignRule(asked.rule)]
    if total and agreed >= needed:
        return SignState.PASSED
    if total - against < needed or not total:
        return SignState.FAILED
    return SignState.OPEN
