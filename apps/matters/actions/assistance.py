"""协办: other units help the main one, each with a task and a clock of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.accounts.selectors import users_with_permission
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import days_field, internal_note, long_text
from apps.matters.actions.requests import RulingForm, ask, rule
from apps.matters.actions.sidework import cancel_tasks, finish_task, my_task, open_task, units_of
from apps.matters.definition import MatterDefinition
from apps.matters.enums import AttachmentPurpose, RequestKind, TaskKind, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Task


class UnitsForm(ActionForm):
    """Names the units asked, and how long they have."""

    units = forms.ModelMultipleChoiceField(
        label=_("单位"),
        queryset=Organization.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    days = days_field(_("完成时限（工作日）"))

    def prepare(self) -> None:
        self.fields["units"].queryset = units_of(self.case)  # type: ignore[attr-defined]
        self.fields["days"].initial = self.definition.policy("task_days")


class AssistForm(UnitsForm):
    instruction = long_text(_("协办要求"), max_length=1000)

    field_order = ("units", "instruction", "days")


def can_help(definition: MatterDefinition) -> bool:
    """Whether a matter lets other units help: they must be able to report what they did."""
    return "feed_back_co" in definition.actions


def open_co_tasks(ctx: Context, units: Any, *, instruction: str, days: int) -> None:
    """Will give each of these units a co-handling task."""
    for unit in units:
        open_task(ctx, TaskKind.CO, unit, instruction=instruction, days=days)
    ctx.event_data["units"] = [unit.name for unit in units]


@register
class Assist(Action):
    """指定协办: the dispatcher orders other units to help."""

    code = "assist"
    label = _("指定协办")
    form_class = AssistForm

    def apply(self, ctx: Context) -> None:
        ctx.note = ctx.data["instruction"]
        open_co_tasks(ctx, ctx.data["units"], instruction=ctx.note, days=ctx.data["days"])


class RequestAssistanceForm(UnitsForm):
    reason = long_text(_("需协办的事项与理由"), max_length=1000)

    field_order = ("units", "reason", "days")


@register
class RequestAssistance(Action):
    """申请协办: the main unit asks for the help of others."""

    code = "request_assistance"
    label = _("申请协办")
    form_class = RequestAssistanceForm

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request

    def apply(self, ctx: Context) -> None:
        units = list(ctx.data["units"])
        ask(
            ctx,
            RequestKind.ASSISTANCE,
            units=[unit.pk for unit in units],
            unit_names=[unit.name for unit in units],
            days=ctx.data["days"],
        )


@register
class RuleAssistance(Action):
    """协办审批: granted, each unit asked for gets its task."""

    code = "rule_assistance"
    label = _("协办审批")
    form_class = RulingForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.ASSISTANCE

    def apply(self, ctx: Context) -> None:
        request, granted = rule(ctx, RequestKind.ASSISTANCE)
        if granted:
            units = Organization.objects.filter(pk__in=request.details["units"], is_active=True)
            open_co_tasks(
                ctx,
                units.order_by("path"),
                instruction=request.reason,
                days=request.details["days"],
            )


class SignCoForm(ActionForm):
    note = internal_note()


@register
class SignCo(Action):
    """协办签收: somebody of the co-unit takes the task on."""

    code = "sign_co"
    label = _("协办签收")
    form_class = SignCoForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        task = my_task(ctx, TaskKind.CO)
        if task.state == TaskState.RUNNING:
            raise ActionNotPossible(gettext("本单位已签收此协办任务"))
        task.state, task.signed_at = TaskState.RUNNING, ctx.now
        task.save(update_fields=["state", "signed_at"])
        ctx.note = ctx.data["note"]
        ctx.event_data["unit"] = task.unit.name


class FeedBackCoForm(ActionForm):
    result = long_text(_("协办结果"), help_text=_("供主办单位答复时使用"))


@register
class FeedBackCo(Action):
    """协办反馈: what the co-unit did; it goes to the main unit, not to the reporter."""

    code = "feed_back_co"
    label = _("协办反馈")
    form_class = FeedBackCoForm
    style = "primary"
    files_as = AttachmentPurpose.EVIDENCE

    def apply(self, ctx: Context) -> None:
        task = my_task(ctx, TaskKind.CO)
        finish_task(ctx, task, result=ctx.data["result"])
        ctx.note = ctx.data["result"]
        if ctx.case.unit is not None:
            ctx.notify(
                users_with_permission("matters.handle_case", organization=ctx.case.unit),
                kind="ruling",
                title=gettext("%(unit)s已反馈协办：%(title)s")
                % {"unit": task.unit.name, "title": ctx.case.title},
                body=ctx.note,
            )


class WithdrawTaskForm(ActionForm):
    task = forms.ModelChoiceField(label=_("撤销哪一项"), queryset=Task.objects.none())
    reason = long_text(_("撤销理由"), max_length=300)

    def prepare(self) -> None:
        ids = [t.pk for t in self.case.side_tasks() if t.kind != TaskKind.REVIEW]
        field: Any = self.fields["task"]
        field.queryset = Task.objects.filter(pk__in=ids).select_related("unit")
        field.label_from_instance = lambda t: f"{t.get_kind_display()} · {t.unit}"


@register
class WithdrawTask(Action):
    """撤销任务: a side task nobody needs any more; of a countersigning, the whole of it."""

    code = "withdraw_task"
    label = _("撤销协办会签")
    form_class = WithdrawTaskForm

    def check(self, ctx: Context) -> None:
        if not ctx.case.side_tasks():
            raise ActionNotPossible(gettext("没有可撤销的任务"))

    def apply(self, ctx: Context) -> None:
        task: Task = ctx.data["task"]
        if task.kind == TaskKind.COUNTERSIGN:
            cancel_tasks(ctx, kinds=[TaskKind.COUNTERSIGN])
        else:
            cancel_tasks(ctx, ids=[task.pk])
        ctx.note = ctx.data["reason"]
        ctx.event_data.update(unit=task.unit.name, task=task.kind)
