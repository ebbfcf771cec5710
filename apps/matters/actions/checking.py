"""核查: somebody goes and looks, with pictures; a failed check sends the case back."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force, scope_of, users_with_permission
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.dispatching import assign
from apps.matters.actions.fields import days_field, long_text
from apps.matters.actions.sidework import cancel_tasks, finish_task, my_task, open_task
from apps.matters.enums import AttachmentPurpose, TaskKind, TaskState, Verdict
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Task


class OrderCheckForm(ActionForm):
    person = forms.ModelChoiceField(label=_("核查人"), queryset=User.objects.none())
    instruction = long_text(_("核查要求"), max_length=500)
    days = days_field(_("完成时限（工作日）"))

    def prepare(self) -> None:
        people = users_with_permission("matters.check_case").filter(
            appointments__post__organization__tenant_id=self.case.tenant_id
        )
        field: Any = self.fields["person"]
        field.queryset = people.distinct()
        field.label_from_instance = lambda person: person.display_name
        self.fields["days"].initial = self.definition.policy("task_days")

    def clean_person(self) -> User:
        person: User = self.cleaned_data["person"]
        if not scope_of(person).covers_area(self.case.area_path):
            raise forms.ValidationError(gettext("此人的责任区域不含案件地点"))
        return person


@register
class OrderCheck(Action):
    """安排核查: one person is asked to look at the place."""

    code = "order_check"
    label = _("安排核查")
    form_class = OrderCheckForm

    def check(self, ctx: Context) -> None:
        if any(t.kind == TaskKind.CHECK for t in ctx.case.side_tasks()):
            raise ActionNotPossible(gettext("已安排核查，尚未完成"))

    def apply(self, ctx: Context) -> None:
        person: User = ctx.data["person"]
        held = appointments_in_force(person).select_related("post__organization").first()
        if held is None:
            raise ActionNotPossible(gettext("此人目前没有任职"))
        open_task(
            ctx,
            TaskKind.CHECK,
            held.post.organization,
            person=person,
            instruction=ctx.data["instruction"],
            days=ctx.data["days"],
        )
        ctx.note = ctx.data["instruction"]
        ctx.event_data["person"] = person.display_name


class CheckForm(ActionForm):
    verdict = forms.ChoiceField(
        label=_("核查结论"),
        choices=[(Verdict.PASS, _("通过")), (Verdict.FAIL, _("不通过"))],
        widget=forms.RadioSelect,
    )
    result = long_text(_("现场情况"), max_length=1000)
    photos = forms.ChoiceField(
        label=_("照片类别"),
        choices=[
            (AttachmentPurpose.AFTER, _("处置后")),
            (AttachmentPurpose.BEFORE, _("处置前")),
        ],
        required=False,
    )


class VerifyForm(ActionForm):
    verdict = forms.ChoiceField(
        label=_("核实结论"),
        choices=[(Verdict.PASS, _("属实")), (Verdict.FAIL, _("不属实"))],
        widget=forms.RadioSelect,
    )
    result = long_text(_("现场情况"), max_length=1000)


@register
class Verify(Action):
    """核实: before a report is taken up, somebody looks whether it is so."""

    code = "verify"
    label = _("现场核实")
    form_class = VerifyForm
    style = "primary"
    files_as = AttachmentPurpose.BEFORE

    def apply(self, ctx: Context) -> None:
        task = my_task(ctx, TaskKind.CHECK)
        finish_task(ctx, task, result=ctx.data["result"], verdict=ctx.data["verdict"])
        ctx.note = ctx.data["result"]


@register
class Check(Action):
    """现场核查: pass or fail. Failed after the answer, the unit gets the case again.

    Outcome ``failed`` only where the unit has answered: while it works, its task simply goes on.
    """

    code = "check"
    label = _("现场核查")
    form_class = CheckForm
    style = "primary"
    files_as = AttachmentPurpose.AFTER

    def apply(self, ctx: Context) -> None:
        task = my_task(ctx, TaskKind.CHECK)
        finish_task(ctx, task, result=ctx.data["result"], verdict=ctx.data["verdict"])
        ctx.note = ctx.data["result"]
        if ctx.data["photos"]:
            ctx.files_as = AttachmentPurpose(ctx.data["photos"])
        if ctx.data["verdict"] == Verdict.PASS:
            ctx.outcome = "passed"
        elif ctx.case.answered_at is not None and ctx.case.unit is not None:
            ctx.outcome = "failed"
            self._send_back(ctx)

    def _send_back(self, ctx: Context) -> None:
        unit = ctx.case.unit
        assert unit is not None
        cancel_tasks(ctx)
        ctx.limit = ctx.definition.dispatch_default
        ctx.set(answered_at=None)
        task = assign(
            ctx,
            unit,
            instruction=gettext("现场核查不通过：%(text)s") % {"text": ctx.data["result"]},
        )
        before = (
            Task.objects.filter(case=ctx.case, kind=TaskKind.MAIN, state=TaskState.DONE)
            .order_by("-id")
            .first()
        )
        task.state, task.signed_at = TaskState.RUNNING, ctx.now
        task.person_id = before.person_id if before else None
        task.save(update_fields=["state", "signed_at", "person"])
        ctx.public_text = gettext("经现场核查尚未解决，已要求%(unit)s继续办理。") % {
            "unit": unit.name
        }
