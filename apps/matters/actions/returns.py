"""退单: not ours. Limited in number and time, ruled on, and in the end decided for good.

While a return waits the unit stays responsible and the citizen's clock goes on. After
``final_ruling_after`` returns only the arbiter rules (最终裁定), and the unit named then keeps
the case.
Source: MT-25.
"""

from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.clocks import selectors as clock_reads
from apps.clocks.services import Limit
from apps.common import dictionaries
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.dispatching import assign
from apps.matters.actions.fields import long_text
from apps.matters.actions.requests import RulingForm, ask, rule, settle
from apps.matters.enums import OPEN_TASK_STATES, RequestKind, RequestState, TaskKind, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Request, Task
from apps.matters.routing import propose_dispatch

RETURN_DICTIONARY = "return-reason"
#: The reasons where a city has no code list of its own.
RETURN_REASONS = [
    ("not_ours", _("不属本单位职责")),
    ("wrong_area", _("不在本辖区")),
    ("unclear", _("诉求内容不清，无法办理")),
    ("overlap", _("职责交叉，请明确主办单位")),
    ("repeat", _("与在办案件重复")),
]
#: The reasons that must say where the duty is written down.
NEEDS_BASIS = frozenset({"not_ours", "overlap"})


class RequestReturnForm(ActionForm):
    reason_code = forms.ChoiceField(label=_("退单理由"))
    reason = long_text(_("依据与说明"), max_length=1000, help_text=_("请引用职责清单或提供佐证"))
    basis = forms.CharField(
        label=_("权责清单条目"),
        required=False,
        max_length=120,
        help_text=_("如：城市管理局权责清单第12项"),
    )
    suggested_unit = forms.CharField(label=_("建议承办单位"), required=False, max_length=80)

    def prepare(self) -> None:
        own = dictionaries.exists(RETURN_DICTIONARY)
        choices = dictionaries.choices(RETURN_DICTIONARY) if own else RETURN_REASONS
        self.fields["reason_code"].choices = list(choices)  # type: ignore[attr-defined]


def returns_of(case: Case) -> QuerySet[Request]:
    """Will give every return asked for on a case, whatever became of it."""
    return Request.objects.filter(case=case, kind=RequestKind.RETURN)


def return_until(ctx: Context, task: Task) -> datetime | None:
    """Will give the last moment for a return of the task; None: the matter sets none."""
    days = ctx.definition.policy("return_within_working_days")
    if not days:
        return None
    calendar = clock_reads.get_revision(clock_reads.calendar_for(ctx.case.area))
    return clock_reads.work_calendar(calendar).add(task.created_at, Limit(days, "working_days"))


@register
class RequestReturn(Action):
    """申请退单: not ours, with reason and evidence; counted per unit and in all."""

    code = "request_return"
    label = _("申请退单")
    form_class = RequestReturnForm

    def is_offered(self, case: Case) -> bool:
        return not case.pending_request and not case.unit_is_final

    def check(self, ctx: Context) -> None:
        if ctx.case.unit_is_final:
            raise ActionNotPossible(gettext("承办单位已经最终裁定，不能再退单"))
        policy, earlier = ctx.definition.policy, returns_of(ctx.case)
        own = earlier.filter(unit=ctx.case.unit).count()
        if own >= policy("returns_per_unit"):
            raise ActionNotPossible(
                gettext("本单位对此案件已退单%(count)s次，按规定以中心裁定为准，不能再次退单")
                % {"count": own}
            )
        if earlier.count() >= policy("returns_total"):
            raise ActionNotPossible(
                gettext("此案件累计退单已达%(count)s次，不能再退单")
                % {"count": policy("returns_total")}
            )
        last = return_until(ctx, ctx.main_task())
        if last is not None and ctx.now > last:
            raise ActionNotPossible(
                gettext("退单须在派单后%(days)s个工作日内提出，已于%(at)s截止")
                % {
                    "days": policy("return_within_working_days"),
                    "at": f"{timezone.localtime(last):%m-%d %H:%M}",
                }
            )

    def apply(self, ctx: Context) -> None:
        is_final = needs_arbiter(ctx, to_come=1)
        ask(
            ctx,
            RequestKind.RETURN,
            ruled_by="matters.supervise_case" if is_final else "matters.dispatch_case",
            suggested_unit=ctx.data["suggested_unit"],
            basis=ctx.data["basis"],
            is_final=is_final,
        )


def needs_arbiter(ctx: Context, *, to_come: int = 0) -> bool:
    """Will tell whether this case was sent back so often that the arbiter must decide.

    Only where the matter has the action ``final_ruling``.
    """
    if "final_ruling" not in ctx.definition.actions:
        return False
    after = ctx.definition.policy("final_ruling_after")
    return 0 < after <= returns_of(ctx.case).count() + to_come


@register
class RuleReturn(Action):
    """退单审批: granted, the case is routed anew; refused, the unit goes on."""

    code = "rule_return"
    label = _("退单审批")
    form_class = RulingForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return case.pending_request == RequestKind.RETURN

    def check(self, ctx: Context) -> None:
        if needs_arbiter(ctx):
            raise ActionNotPossible(
                gettext("此案件已退单%(count)s次，须由督查员最终裁定")
                % {"count": returns_of(ctx.case).count()}
            )

    def apply(self, ctx: Context) -> None:
        _request, granted = rule(ctx, RequestKind.RETURN)
        if granted:
            take_back(ctx)
            ctx.give_to(None)
            propose_dispatch(ctx)


def take_back(ctx: Context) -> None:
    """Will end the open main task as sent back."""
    Task.objects.filter(case=ctx.case, kind=TaskKind.MAIN, state__in=OPEN_TASK_STATES).update(
        state=TaskState.RETURNED, done_at=ctx.now
    )


class FinalRulingForm(ActionForm):
    unit = forms.ModelChoiceField(label=_("裁定承办单位"), queryset=Organization.objects.none())
    opinion = long_text(_("裁定意见"), max_length=500, help_text=_("裁定后该单位不得再退单"))

    def prepare(self) -> None:
        units = Organization.objects.filter(tenant_id=self.case.tenant_id, is_active=True)
        self.fields["unit"].queryset = units.order_by("path")  # type: ignore[attr-defined]
        self.fields["unit"].initial = self.case.unit_id


@register
class FinalRuling(Action):
    """最终裁定: the arbiter names the unit; it keeps the case and cannot send it back.

    Outcome ``moved`` where another unit than before gets the case; the clock of the case goes on.
    """

    code = "final_ruling"
    label = _("最终裁定")
    form_class = FinalRulingForm
    style = "danger"

    def is_offered(self, case: Case) -> bool:
        return not case.unit_is_final

    def check(self, ctx: Context) -> None:
        if not returns_of(ctx.case).exists():
            raise ActionNotPossible(gettext("此案件没有退单，无须裁定"))
        if ctx.case.pending_request not in {"", RequestKind.RETURN.value}:
            raise ActionNotPossible(gettext("本案件有其他待审批的申请，请先处理"))

    def apply(self, ctx: Context) -> None:
        unit: Organization = ctx.data["unit"]
        stays = unit.pk == ctx.case.unit_id
        if ctx.case.pending_request:
            state = RequestState.REJECTED if stays else RequestState.APPROVED
            settle(ctx, ctx.pending(RequestKind.RETURN), state, ctx.data["opinion"])
        if not stays:
            take_back(ctx)
            ctx.outcome = "moved"
            ctx.limit = ctx.definition.dispatch_default
            assign(ctx, unit, instruction=ctx.data["opinion"])
            ctx.public_text = gettext("已交由%(unit)s办理。") % {"unit": unit.name}
        ctx.set(unit_is_final=True)
        ctx.note = ctx.data["opinion"]
        ctx.event_data.update(unit=unit.name, stays=stays)
