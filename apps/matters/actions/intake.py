"""From the report to the decision what becomes of it."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.matters.actions.base import Action, ActionForm, Context, NewFact, register
from apps.matters.actions.fields import internal_note, long_text
from apps.matters.enums import AttachmentPurpose, FactKind, Priority
from apps.matters.registry import CLASS_DICTIONARY, extension_of
from apps.matters.routing import propose_dispatch

__all__ = ["CLASS_DICTIONARY"]


class ClassForm(ActionForm):
    class_code = forms.ChoiceField(label=_("诉求分类"))

    def prepare(self) -> None:
        extension = extension_of(self.case.matter_type.code)
        self.fields["class_code"].choices = [  # type: ignore[attr-defined]
            ("", gettext("请选择")),
            *extension.class_choices(),
        ]
        chosen = self.case.class_code or extension.proposed_class(self.case)
        self.fields["class_code"].initial = chosen


class AcceptForm(ClassForm):
    priority = forms.ChoiceField(label=_("紧急程度"), choices=Priority.choices)
    note = internal_note()

    def prepare(self) -> None:
        super().prepare()
        self.fields["priority"].initial = self.case.priority


def classify(ctx: Context, class_code: str) -> None:
    """Will give the case a class, with its label of today."""
    if class_code == ctx.case.class_code:
        return
    label = extension_of(ctx.case.matter_type.code).class_label(class_code)
    ctx.set(class_code=class_code, class_label=label)
    ctx.facts.append(NewFact(FactKind.CLASS, class_code, label))


def rank(ctx: Context, priority: str) -> None:
    """Will set how urgent the case is."""
    if priority == ctx.case.priority:
        return
    before = {"before": str(ctx.case.priority)}
    ctx.set(priority=priority)
    ctx.facts.append(NewFact(FactKind.PRIORITY, priority, str(Priority(priority).label), before))


@register
class Accept(Action):
    """受理: the report becomes a matter of a class; the rules propose a unit (HL-09, HL-12)."""

    code = "accept"
    label = _("受理")
    form_class = AcceptForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        classify(ctx, ctx.data["class_code"])
        rank(ctx, ctx.data["priority"])
        ctx.set(accepted_at=ctx.now)
        ctx.note = ctx.data["note"]
        ctx.public_text = gettext("您反映的问题已受理，类别：%(label)s。") % {
            "label": ctx.case.class_label
        }
        propose_dispatch(ctx)


class AskToCompleteForm(ActionForm):
    question = long_text(_("需要补充的内容"), max_length=500, help_text=_("将原样发给反映人"))


@register
class AskToComplete(Action):
    """退回补正: the reporter is asked for what is missing; the clock waits (HL-10)."""

    code = "ask_to_complete"
    label = _("退回补正")
    form_class = AskToCompleteForm

    def apply(self, ctx: Context) -> None:
        ctx.event_data["question"] = ctx.data["question"]
        ctx.public_text = gettext("请补充：%(question)s") % {"question": ctx.data["question"]}


class CompleteForm(ActionForm):
    addition = long_text(_("补充说明"), max_length=2000)


@register
class Complete(Action):
    """补正: the reporter, or an agent on the telephone, adds what was asked for."""

    code = "complete"
    label = _("补正")
    form_class = CompleteForm
    style = "primary"
    files_as = AttachmentPurpose.COMPLETION
    files_public = True

    def apply(self, ctx: Context) -> None:
        ctx.event_data["addition"] = ctx.data["addition"]
        ctx.public_text = gettext("已补充：%(addition)s") % {"addition": ctx.data["addition"]}


class AnswerForm(ClassForm):
    answer = long_text(_("答复内容"), help_text=_("将作为正式答复发给反映人"))
    article_id = forms.IntegerField(required=False, widget=forms.HiddenInput)


@register
class Answer(Action):
    """咨询答复: answered at once from the knowledge base; nothing is dispatched (HL-11)."""

    code = "answer"
    label = _("直接答复")
    form_class = AnswerForm
    style = "primary"

    def apply(self, ctx: Context) -> None:
        classify(ctx, ctx.data["class_code"])
        ctx.set(accepted_at=ctx.case.accepted_at or ctx.now, answered_at=ctx.now, closed_at=ctx.now)
        ctx.event_data["answer"] = ctx.data["answer"]
        ctx.event_data["article_id"] = ctx.data["article_id"]
        ctx.public_text = ctx.data["answer"]


class RejectForm(ActionForm):
    reason_code = forms.ChoiceField(
        label=_("不予受理理由"),
        choices=[
            ("court", _("已进入诉讼、仲裁或复议程序")),
            ("police", _("应当拨打 110、119、120 的紧急警情")),
            ("outside", _("不属于本市管辖")),
            ("repeat", _("已办结且无新情况的重复诉求")),
            ("unlawful", _("违反法律法规或公序良俗")),
            ("spam", _("恶意骚扰或无实质内容")),
            ("untrue", _("现场核实不属实")),
            ("unfit", _("不符合立案条件")),
        ],
    )
    reason = long_text(_("说明"), max_length=500, help_text=_("将发给反映人"))


@register
class Reject(Action):
    """不予受理: with a reason from a closed list and words for the reporter."""

    code = "reject"
    label = _("不予受理")
    form_class = RejectForm
    style = "danger"

    def apply(self, ctx: Context) -> None:
        ctx.set(closed_at=ctx.now)
        ctx.event_data["reason_code"] = ctx.data["reason_code"]
        ctx.public_text = gettext("不予受理：%(reason)s") % {"reason": ctx.data["reason"]}
