"""合并 and its undoing: a repeated report ends in the main case and hears of its result.

The duplicate keeps its clocks, waiting; undone, it is where it was and what was left of its time
is left. What is told to the reporter comes from the main case, see ``services.duties``. A report
that comes when the main case has been answered is merged with its answer, in one step.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.db import OperationalError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import outbox
from apps.common.errors import InvalidInput
from apps.common.phrases import series
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.enums import OPEN_TASK_STATES, LinkKind, TaskKind, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseEvent, CaseLink, Evaluation, Task

#: Topic of the outbox: writes the merging, or its undoing, into the history of the main case.
MERGED = "matters.case_merged"


class MergeForm(ActionForm):
    number = forms.CharField(
        label=_("主案件受理编号"), max_length=20, help_text=_("本案件将并入该案件，随其结果答复")
    )
    reason = long_text(_("合并理由"), max_length=300)
    answer = long_text(_("给反映人的答复"), required=False, max_length=1000)

    def prepare(self) -> None:
        self.fields["answer"].help_text = gettext("主案件已有结果时填写，立即告知本案件的反映人")

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        main = Case.objects.filter(number=number, tenant_id=self.case.tenant_id).first()
        if main is None or not self._sees(main):
            raise forms.ValidationError(gettext("没有这个案件，或您无权查看"))
        if main.pk == self.case.pk:
            raise forms.ValidationError(gettext("案件不能并入自身"))
        self.main = main
        return number

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["main"] = getattr(self, "main", None)
        return cleaned

    def _sees(self, main: Case) -> bool:
        if not isinstance(self.actor, User):
            return False
        scope = scope_of(self.actor)
        return scope.everything or (
            main.tenant_id in scope.tenant_ids and scope.covers_area(main.area_path)
        )


@register
class Merge(Action):
    """合并: this case repeats another one; nobody works on it twice."""

    code = "merge"
    label = _("合并案件")
    form_class = MergeForm

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(gettext("本案件有待审批的申请，请先裁定"))
        if CaseLink.objects.filter(target=ctx.case, kind=LinkKind.DUPLICATE_OF).exists():
            raise ActionNotPossible(gettext("已有案件并入本案件，请把本案件作为主案件"))
        if units := _units_at_work(ctx.case):
            raise ActionNotPossible(
                gettext("%(units)s还有未完成的协办、会签或核查任务，请先办结或撤回")
                % {"units": units}
            )
        main = _lock_main(ctx.data["main"].pk)
        _require_open_or_answered(main, ctx.data["answer"])

    def apply(self, ctx: Context) -> None:
        main: Case = ctx.data["main"]
        open_main = Task.objects.filter(
            case=ctx.case, kind=TaskKind.MAIN, state__in=OPEN_TASK_STATES
        )
        ctx.event_data.update(
            main=main.number,
            main_id=main.pk,
            was=ctx.case.state,
            tasks=[list(row) for row in open_main.values_list("pk", "state")],
            answered_at=ctx.case.answered_at.isoformat() if ctx.case.answered_at else "",
        )
        open_main.update(state=TaskState.CANCELLED, done_at=ctx.now)
        CaseLink.objects.get_or_create(
            source=ctx.case,
            target=main,
            kind=LinkKind.DUPLICATE_OF,
            defaults={"created_at": ctx.now, "created_by_name": ctx.actor.display_name},
        )
        ctx.holds_clocks = True
        answer = ctx.data["answer"]
        ctx.set(closed_at=ctx.now, answered_at=ctx.now if answer else None)
        ctx.note = ctx.data["reason"]
        ctx.public_text = answer or _merged_words(main)
        _tell_main(ctx, main.pk, undone=False)


def _merged_words(main: Case) -> str:
    """The number of a confidential report is told to nobody but its reporter."""
    if main.is_confidential:
        return gettext("您反映的问题已有人反映，已合并办理，结果将一并告知。")
    return gettext("您反映的问题与%(number)s相同，已合并办理，结果将一并告知。") % {
        "number": main.number
    }


def _units_at_work(case: Case) -> str:
    """Who still has a side task; a merge would take it away and its undoing not give it back."""
    return series(dict.fromkeys(str(task.unit) for task in case.side_tasks()))


def _require_open_or_answered(main: Case, answer: str) -> None:
    if not main.is_ended:
        return
    if (
        main.answered_at is None
        or CaseLink.objects.filter(source=main, kind=LinkKind.DUPLICATE_OF).exists()
    ):
        raise ActionNotPossible(
            gettext("主案件%(number)s已结束，不能并入") % {"number": main.number}
        )
    if not answer:
        raise InvalidInput(
            gettext("主案件%(number)s已有结果，请填写给本案件反映人的答复")
            % {"number": main.number},
            field="answer",
        )


def _lock_main(pk: int) -> Case:
    """Locks the main case without waiting, so that two merges never wait for one another."""
    try:
        with transaction.atomic():
            return Case.objects.select_for_update(nowait=True).defer("search").get(pk=pk)
    except OperationalError as error:
        raise ActionNotPossible(gettext("主案件正在被他人处理，请稍后再试")) from error


def _tell_main(ctx: Context, main_id: int, *, undone: bool) -> None:
    outbox.enqueue(
        MERGED,
        key=f"{ctx.case.pk}:{ctx.case.lock_version}",
        payload={"main": main_id, "number": ctx.case.number, "undone": undone},
    )


class UnmergeForm(ActionForm):
    reason = long_text(_("拆开理由"), max_length=300)


@register
class Unmerge(Action):
    """撤销合并: not the same matter after all; the case is where it was, its clocks run on.

    The outcome is the state the case was merged from, so the definition names them all.
    """

    code = "unmerge"
    label = _("撤销合并")
    form_class = UnmergeForm

    def check(self, ctx: Context) -> None:
        if self._merging(ctx) is None:
            raise ActionNotPossible(gettext("没有可撤销的合并"))
        if Evaluation.objects.filter(case=ctx.case, round=ctx.case.round).exists():
            raise ActionNotPossible(gettext("反映人已对合并后的结果作出评价，不能再撤销合并"))

    def apply(self, ctx: Context) -> None:
        merging = self._merging(ctx)
        assert merging is not None
        was = merging.data
        if was["was"] not in ctx.action.outcomes:
            raise ActionNotPossible(gettext("事项定义不允许恢复到合并前的状态"))
        ctx.outcome = was["was"]
        for pk, state in was["tasks"]:
            Task.objects.filter(pk=pk, state=TaskState.CANCELLED).update(state=state, done_at=None)
        CaseLink.objects.filter(
            source=ctx.case, target_id=was["main_id"], kind=LinkKind.DUPLICATE_OF
        ).delete()
        told = ctx.case.answered_at is not None
        earlier = was.get("answered_at")
        ctx.set(closed_at=None, answered_at=datetime.fromisoformat(earlier) if earlier else None)
        ctx.note = ctx.data["reason"]
        ctx.event_data.update(main=was["main"], main_id=was["main_id"])
        ctx.public_text = gettext("您反映的问题已恢复单独办理，受理编号不变。")
        if told:
            ctx.public_text += gettext("此前告知的合并办理结果不再适用，以后续答复为准。")
        _tell_main(ctx, was["main_id"], undone=True)

    def _merging(self, ctx: Context) -> CaseEvent | None:
        found = CaseEvent.objects.filter(case=ctx.case, action="merge")
        return found.order_by("-seq").first()
