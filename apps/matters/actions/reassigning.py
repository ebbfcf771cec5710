"""改派, 收回派单: the case leaves its unit although the unit did not send it back."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.dispatching import assign
from apps.matters.actions.fields import long_text
from apps.matters.actions.returns import take_back
from apps.matters.errors import ActionNotPossible
from apps.matters.routing import propose_dispatch


class ReassignForm(ActionForm):
    unit = forms.ModelChoiceField(label=_("承办单位"), queryset=Organization.objects.none())
    reason = long_text(_("改派理由"), max_length=500)

    def prepare(self) -> None:
        units = Organization.objects.filter(tenant_id=self.case.tenant_id, is_active=True)
        self.fields["unit"].queryset = units.order_by("path")  # type: ignore[attr-defined]


@register
class Reassign(Action):
    """改派: whoever had the case has it no more; the clocks of the case go on (OP-18).

    Also by the system, where a rule hands up what nobody took on in time.
    """

    code = "reassign"
    label = _("改派")
    form_class = ReassignForm

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(gettext("本案件有待审批的申请，请先裁定"))
        if ctx.data["unit"].pk == ctx.case.unit_id:
            raise ActionNotPossible(gettext("案件已由该单位承办"))

    def apply(self, ctx: Context) -> None:
        unit: Organization = ctx.data["unit"]
        before = ctx.case.unit
        take_back(ctx)
        assign(ctx, unit, instruction=ctx.data["reason"])
        if ctx.case.dispatched_at is None:
            ctx.set(dispatched_at=ctx.now)
        ctx.note = ctx.data["reason"]
        ctx.event_data.update(unit=unit.name, before=before.name if before else "")
        ctx.public_text = gettext("已交由%(unit)s办理。") % {"unit": unit.name}


class RecallForm(ActionForm):
    reason = long_text(_("收回理由"), max_length=500)


@register
class Recall(Action):
    """收回派单: a dispatcher takes back what went to the wrong unit before it was signed for.

    The way back from a dispatch nobody made by hand (HL-18); the rules are asked anew.
    """

    code = "recall"
    label = _("收回派单")
    form_class = RecallForm

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(gettext("本案件有待审批的申请，请先裁定"))

    def apply(self, ctx: Context) -> None:
        before = ctx.case.unit
        take_back(ctx)
        ctx.give_to(None)
        propose_dispatch(ctx)
        ctx.note = ctx.data["reason"]
        ctx.event_data.update(before=before.name if before else "")
        ctx.public_text = gettext("正在重新确定承办单位。")
