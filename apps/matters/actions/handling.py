"""The unit's work: sign for it, answer it."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import internal_note, long_text
from apps.matters.enums import AttachmentPurpose, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case


class SignForm(ActionForm):
    note = internal_note()


@register
class Sign(Action):
    """签收: somebody of the unit takes the task on."""

    code = "sign"
    label = _("签收")
    form_class = SignForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        task = ctx.main_task()
        task.state, task.signed_at = TaskState.RUNNING, ctx.now
        task.person = ctx.actor if isinstance(ctx.actor, User) else None
        task.save(update_fields=["state", "signed_at", "person"])
        ctx.note = ctx.data["note"]
        ctx.public_text = _t("%(unit)s已签收，正在办理。") % {"unit": task.unit.name}


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

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(_t("本案件有待审批的申请，请等待裁定后再反馈"))

    def apply(self, ctx: Context) -> None:
        task = ctx.main_task()
        task.state, task.done_at, task.result = TaskState.DONE, ctx.now, ctx.data["result"]
        task.was_late = task.due_at is not None and ctx.now > task.due_at
        task.save(update_fields=["state", "done_at", "result", "was_late"])
        ctx.set(answered_at=ctx.now)
        ctx.note = ctx.data["note"]
        ctx.event_data.update(
            resolution=ctx.data["resolution"],
            contacted=ctx.data["contacted"],
            was_late=task.was_late,
            unit=task.unit.name,
        )
        ctx.public_text = _t("%(unit)s答复：%(result)s") % {
            "unit": task.unit.name,
            "result": ctx.data["result"],
        }
