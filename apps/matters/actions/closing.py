"""Proof and end: call back, close, evaluate, redo, void."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.common import rows
from apps.common.errors import NotAllowed
from apps.common.journeys import Statement
from apps.common.questions import Question
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.dispatching import assign
from apps.matters.actions.fields import internal_note, long_text
from apps.matters.ending import merged_question
from apps.matters.enums import (
    OPEN_TASK_STATES,
    SCORES,
    EvaluationSource,
    EvaluationTarget,
    RequestKind,
    RequestState,
    TaskKind,
    TaskState,
    Verdict,
)
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseEvent, Evaluation, Request, Task
from apps.matters.permissions import belongs_to

_SCORES = Question(
    lambda case, round_number: Evaluation.objects.filter(case_id=case, round=round_number)
)
_ACCEPTED = Question(
    lambda case: CaseEvent.objects.filter(case_id=case, action__in=["accept", "answer"]).order_by(
        "-seq"
    )[:1]
)


_HANDLED = Question(
    lambda case: (
        Task.objects.filter(case_id=case, kind=TaskKind.MAIN, state=TaskState.DONE)
        .only("unit_path")
        .order_by("pk")
    )
)


def score_field(label: object, *, required: bool = True) -> forms.TypedChoiceField:
    """Will give the five-step scale used everywhere."""
    return forms.TypedChoiceField(
        label=label,  # type: ignore[arg-type]  # a lazy translation
        choices=SCORES,
        coerce=int,
        empty_value=None,
        required=required,
        widget=forms.RadioSelect,
    )


class CallBackForm(ActionForm):
    reached = forms.TypedChoiceField(
        label=_("是否接通"),
        choices=[
            ("yes", _("已接通")),
            ("no", _("未接通")),
            ("refused", _("拒绝回访")),
            ("wrong", _("号码有误")),
        ],
        widget=forms.RadioSelect,
    )
    solved = forms.TypedChoiceField(
        label=_("问题是否解决"),
        choices=[("yes", _("已解决")), ("no", _("未解决"))],
        required=False,
        widget=forms.RadioSelect,
    )
    acceptance_score = score_field(_("对受理服务是否满意"), required=False)
    result_score = score_field(_("对办理结果是否满意"), required=False)
    next_step = forms.ChoiceField(
        label=_("处理意见"),
        choices=[
            ("close", _("办结")),
            ("redo", _("重新办理")),
            ("retry", _("稍后再次回访")),
        ],
    )
    comment = long_text(_("回访记录"), max_length=500)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("reached") == "yes":
            for name in ("solved", "result_score"):
                if not cleaned.get(name):
                    self.add_error(name, gettext("已接通时请填写此项"))
            if cleaned.get("next_step") == "retry":
                self.add_error("next_step", gettext("已接通时请选择办结或重新办理"))
        elif cleaned.get("next_step") == "redo":
            self.add_error("next_step", gettext("未接通时不能要求重新办理"))
        return cleaned


@register
class CallBack(Action):
    """回访: independent of the unit; the answer closes the case or sends it round again."""

    code = "call_back"
    label = _("登记回访")
    form_class = CallBackForm
    style = "primary"

    def foreseen(self, case: Case) -> list[Statement]:
        return [
            _HANDLED.statement([case.pk]),
            _SCORES.statement([case.pk, case.round]),
            _ACCEPTED.statement([case.pk]),
            case.side_tasks_question(),
            merged_question(case),
        ]

    def check(self, ctx: Context) -> None:
        require_independent(ctx)
        if ctx.data["next_step"] == "close":
            require_checked(ctx)
        # Who refuses, or is not there at all, is not asked again.
        if ctx.data["reached"] != "no" or ctx.data["next_step"] != "close":
            return
        attempts = 1 + attempts_so_far(ctx.case)
        needed = ctx.definition.policy("callback_attempts")
        if attempts < needed:
            raise ActionNotPossible(
                gettext("未接通满%(needed)s次方可办结，目前为第%(attempts)s次")
                % {"needed": needed, "attempts": attempts}
            )

    def apply(self, ctx: Context) -> None:
        ctx.note = ctx.data["comment"]
        ctx.shown_as = gettext("回访中心")
        ctx.event_data.update(
            reached=ctx.data["reached"] == "yes",
            answer=ctx.data["reached"],
            solved={"yes": True, "no": False}.get(ctx.data["solved"]),
        )
        if ctx.data["reached"] == "yes":
            solved = ctx.data["solved"] == "yes"
            ctx.public_text = gettext("已电话回访，感谢您的评价。")
            _save_scores(ctx, EvaluationSource.CALLBACK, solved=solved)
        if ctx.data["next_step"] == "close":
            ctx.outcome = "closed"
            ctx.set(closed_at=ctx.now)
        elif ctx.data["next_step"] == "redo":
            ctx.outcome = "redo"
            begin_round(ctx, reason=ctx.data["comment"])
        else:
            ctx.outcome = "retry"


def require_independent(ctx: Context) -> None:
    """Will refuse a call-back by somebody of a unit that handled the case, in any round."""
    if not isinstance(ctx.actor, User):
        return
    paths = {ctx.case.unit_path, *(task.unit_path for task in _HANDLED.all(ctx.case.pk))}
    if any(belongs_to(ctx.actor, path) for path in paths):
        raise NotAllowed(gettext("承办单位的人员不能回访本单位办理的案件"))


def require_checked(ctx: Context) -> None:
    """Will refuse to close where the matter wants a passed check on the spot in this round."""
    if not ctx.definition.policy("check_required"):
        return
    checks = Task.objects.filter(case=ctx.case, kind=TaskKind.CHECK, round=ctx.case.round)
    if not checks.filter(verdict=Verdict.PASS).exists():
        raise ActionNotPossible(gettext("本事项须现场核查通过后方可办结"))


def attempts_so_far(case: Case) -> int:
    """Will count the calls of this round that nobody answered."""
    return CaseEvent.objects.filter(
        case=case, action="call_back", round=case.round, data__reached=False
    ).count()


def _save_scores(ctx: Context, source: EvaluationSource, *, solved: bool | None) -> None:
    """Keeps the scores given in this round; a second of the same target and source is refused."""
    earlier = {
        each.target for each in _SCORES.all(ctx.case.pk, ctx.case.round) if each.source == source
    }
    for target, score in (
        (EvaluationTarget.ACCEPTANCE, ctx.data["acceptance_score"]),
        (EvaluationTarget.RESULT, ctx.data["result_score"]),
    ):
        if score is None:
            continue
        if target in earlier:
            raise ActionNotPossible(gettext("本轮已评价过，不能重复评价"))
        subject, unit = subject_of(ctx.case, target)
        rows.insert(
            Evaluation(
                case=ctx.case,
                round=ctx.case.round,
                target=target,
                source=source,
                score=score,
                solved=solved if target == EvaluationTarget.RESULT else None,
                comment=ctx.data["comment"],
                subject_name=subject,
                unit=unit,
                at=ctx.now,
            )
        )


def subject_of(case: Case, target: EvaluationTarget) -> tuple[str, Organization | None]:
    """Will give whom a score of a target is about: the unit, or who accepted the case."""
    if target == EvaluationTarget.RESULT and case.unit is not None:
        return case.unit.name, case.unit
    accepted = _ACCEPTED.first(case.pk)
    return (accepted.actor_name if accepted else gettext("受理人员")), None


class CloseForm(ActionForm):
    note = long_text(_("办结说明"), max_length=500)


@register
class Close(Action):
    """办结: without a call-back, where the matter permits it, with a reason."""

    code = "close"
    label = _("直接办结")
    form_class = CloseForm

    def check(self, ctx: Context) -> None:
        require_checked(ctx)
        if "call_back" in ctx.definition.actions and ctx.definition.policy("callback_required"):
            attempts, needed = attempts_so_far(ctx.case), ctx.definition.policy("callback_attempts")
            if attempts < needed:
                raise ActionNotPossible(
                    gettext(
                        "本事项须回访后办结；回访未接通满%(needed)s次方可直接办结，目前%(attempts)s次"
                    )
                    % {"needed": needed, "attempts": attempts}
                )

    def apply(self, ctx: Context) -> None:
        ctx.set(closed_at=ctx.now)
        ctx.note = ctx.data["note"]
        ctx.public_text = gettext("本件已办结。")


class EvaluateForm(ActionForm):
    acceptance_score = score_field(_("您对受理人员的服务是否满意"), required=False)
    result_score = score_field(_("您对办理结果是否满意"), required=False)
    solved = forms.TypedChoiceField(
        label=_("您反映的问题解决了吗"),
        choices=[("yes", _("解决了")), ("no", _("没有解决"))],
        required=False,
        widget=forms.RadioSelect,
    )
    comment = long_text(_("您的意见"), required=False, max_length=500)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("acceptance_score") and not cleaned.get("result_score"):
            self.add_error("result_score", gettext("请至少评价一项"))
        return cleaned


def _is_merged(case: Case) -> bool:
    turns = CaseEvent.objects.filter(case=case, action__in=("merge", "unmerge"))
    last = turns.order_by("-seq").values_list("action", flat=True).first()
    return last == "merge"


@register
class Evaluate(Action):
    """评价: the reporter scores acceptor and result apart; a low score asks for a redo."""

    code = "evaluate"
    label = _("评价")
    form_class = EvaluateForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        """A merged case has nothing to be scored before its reporter was told the result."""
        return case.answered_at is not None or not _is_merged(case)

    def check(self, ctx: Context) -> None:
        if not self.is_offered(ctx.case):
            raise ActionNotPossible(gettext("合并办理的结果还没有告知，请稍后再评价"))

    def apply(self, ctx: Context) -> None:
        solved = {"yes": True, "no": False}.get(ctx.data["solved"] or "")
        _save_scores(ctx, EvaluationSource.CITIZEN, solved=solved)
        ctx.note = ctx.data["comment"]
        ctx.event_data.update(
            acceptance_score=ctx.data["acceptance_score"],
            result_score=ctx.data["result_score"],
            solved=solved,
        )
        ctx.public_text = gettext("您已评价，感谢参与。")
        score = ctx.data["result_score"]
        if score is not None and score <= ctx.definition.policy("low_score"):
            self._ask_for_redo(ctx)

    def _ask_for_redo(self, ctx: Context) -> None:
        redo = ctx.definition.actions.get("redo")
        if ctx.case.pending_request or redo is None or ctx.case.state not in redo.sources:
            return
        Request.objects.create(
            case=ctx.case,
            kind=RequestKind.REOPENING,
            reason=ctx.data["comment"] or gettext("评价不满意"),
            asked_at=ctx.now,
            asked_by_id=None,
            asked_by_name=ctx.actor.display_name,
        )
        ctx.set(pending_request=RequestKind.REOPENING.value)
        ctx.notify(
            users_with_permission("matters.supervise_case").filter(
                appointments__post__organization__tenant_id=ctx.case.tenant_id
            ),
            kind="request",
            title=gettext("评价不满意：%(title)s") % {"title": ctx.case.title},
            body=ctx.data["comment"],
        )


class RedoForm(ActionForm):
    reason = long_text(_("重办理由与要求"), max_length=500)


def begin_round(ctx: Context, *, reason: str) -> None:
    """Will start the next round with the unit of the last one; both rounds are kept."""
    if ctx.case.round >= 1 + ctx.definition.policy("redo_rounds"):
        raise ActionNotPossible(
            gettext("此案件已重办%(count)s次，不能再次重办") % {"count": ctx.case.round - 1}
        )
    unit = ctx.case.unit
    if unit is None:
        raise ActionNotPossible(gettext("此案件没有承办单位，不能重办"))
    ctx.set(round=ctx.case.round + 1, closed_at=None, answered_at=None)
    ctx.limit = ctx.definition.dispatch_default
    assign(ctx, unit, instruction=reason)
    ctx.public_text = gettext("已要求%(unit)s重新办理。") % {"unit": unit.name}


@register
class Redo(Action):
    """重办: a closed case goes round again within the time the city permits."""

    code = "redo"
    label = _("重办")
    form_class = RedoForm
    style = "danger"

    def check(self, ctx: Context) -> None:
        days = ctx.definition.policy("redo_days")
        closed_at = ctx.case.closed_at
        if closed_at is not None and ctx.now - closed_at > timedelta(days=days):
            raise ActionNotPossible(gettext("办结已超过%(days)s天，请重新登记") % {"days": days})

    def apply(self, ctx: Context) -> None:
        if ctx.case.pending_request == RequestKind.REOPENING:
            settle_reopening(ctx, RequestState.APPROVED)
        begin_round(ctx, reason=ctx.data["reason"])
        ctx.note = ctx.data["reason"]
        if isinstance(ctx.actor, User) and not ctx.actor.has_perm("matters.supervise_case"):
            ctx.shown_as = gettext("回访中心")  # who called is not told to the unit (HL-17)


class DeclineRedoForm(ActionForm):
    reason = long_text(_("不予重办的理由"), max_length=500, help_text=_("将发给反映人"))


@register
class DeclineRedo(Action):
    """不予重办: the request of a dissatisfied reporter is answered with a reason."""

    code = "decline_redo"
    label = _("不予重办")
    form_class = DeclineRedoForm

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.REOPENING

    def apply(self, ctx: Context) -> None:
        settle_reopening(ctx, RequestState.REJECTED)
        ctx.note = ctx.data["reason"]
        ctx.public_text = gettext("关于重新办理：%(reason)s") % {"reason": ctx.data["reason"]}


def settle_reopening(ctx: Context, state: RequestState) -> None:
    """Will rule on the reporter's wish for a redo."""
    request = ctx.pending(RequestKind.REOPENING)
    request.state, request.decided_at = state, ctx.now
    request.decided_by_id, request.decided_by_name = ctx.actor.pk, ctx.actor.display_name
    request.decision_note = ctx.data["reason"]
    request.save(
        update_fields=[
            "state",
            "decided_at",
            "decided_by_id",
            "decided_by_name",
            "decision_note",
        ]
    )
    ctx.set(pending_request="")


class VoidForm(ActionForm):
    reason = long_text(_("作废理由"), max_length=500)
    note = internal_note()


@register
class Void(Action):
    """作废: entered by mistake; kept with its reason, counted nowhere."""

    code = "void"
    label = _("作废")
    form_class = VoidForm
    style = "danger"

    def apply(self, ctx: Context) -> None:
        Task.objects.filter(case=ctx.case, state__in=OPEN_TASK_STATES).update(
            state=TaskState.CANCELLED, done_at=ctx.now
        )
        Request.objects.filter(case=ctx.case, state=RequestState.PENDING).update(
            state=RequestState.WITHDRAWN, decided_at=ctx.now
        )
        ctx.set(closed_at=ctx.now, pending_request="")
        ctx.note = ctx.data["reason"]
        ctx.event_data["reason"] = ctx.data["reason"]
