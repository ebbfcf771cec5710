"""派单: a unit becomes responsible, by rule or against it, always with a reason."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.accounts.selectors import staff_of
from apps.common import rows
from apps.common.journeys import Statement
from apps.matters.actions.assistance import can_help, open_co_tasks
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import (
    LIMIT_UNITS,
    UnitField,
    days_field,
    internal_note,
    long_text,
    units_in_use,
)
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task
from apps.matters.routing import read_proposal


class DispatchForm(ActionForm):
    """Filled with what the rules propose; another unit needs a reason."""

    unit = UnitField(label=_("承办单位"), queryset=Organization.objects.none())
    override_reason = long_text(
        _("改派理由"), required=False, max_length=300, help_text=_("与规则建议不同时必填")
    )
    limit_amount = forms.IntegerField(label=_("办理时限"), min_value=1, max_value=1000)
    limit_unit = forms.ChoiceField(label=_("时限单位"), choices=LIMIT_UNITS)
    instruction = long_text(_("交办要求"), required=False, max_length=1000)
    co_units = forms.ModelMultipleChoiceField(
        label=_("协办单位"),
        queryset=Organization.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    co_days = days_field(_("协办时限（工作日）"), required=False)
    note = internal_note()

    def prepare(self) -> None:
        units = units_in_use(self.case.tenant_id)
        unit_field: UnitField = self.fields["unit"]  # type: ignore[assignment]
        unit_field.queryset, unit_field.tenant_id = units, self.case.tenant_id
        self.proposal = read_proposal(self.case)
        if can_help(self.definition):
            self.fields["co_units"].queryset = units  # type: ignore[attr-defined]
            self.fields["co_days"].initial = self.definition.policy("task_days")
        else:
            del self.fields["co_units"], self.fields["co_days"]
        limit = self.definition.dispatch_default
        if self.proposal is not None:
            self.fields["unit"].initial = self.proposal.unit
            limit = self.proposal.limit or limit
            if "co_units" in self.fields:
                self.fields["co_units"].initial = self.proposal.co_units
        self.fields["limit_amount"].initial = limit["amount"]
        self.fields["limit_unit"].initial = limit["unit"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        unit = cleaned.get("unit")
        proposed = self.proposal.unit if self.proposal else None
        overrides = unit is not None and proposed is not None and unit != proposed
        if overrides and not cleaned.get("override_reason"):
            self.add_error(
                "override_reason",
                gettext("规则建议交由“%(unit)s”办理，改派其他单位请说明理由") % {"unit": proposed},
            )
        cleaned["overrides"] = overrides
        if unit is not None and unit in (cleaned.get("co_units") or ()):
            self.add_error("co_units", gettext("承办单位不能同时协办"))
        return cleaned


@register
class Dispatch(Action):
    """派单: the unit's task and the clocks begin now, not when the unit signs."""

    code = "dispatch"
    label = _("派单")
    form_class = DispatchForm
    style = "primary"

    def foreseen(self, case: Case) -> list[Statement]:
        return [rows.numbers_question(rows.keys_of(Task))]

    def apply(self, ctx: Context) -> None:
        unit: Organization = ctx.data["unit"]
        ctx.limit = {"amount": ctx.data["limit_amount"], "unit": ctx.data["limit_unit"]}
        assign(ctx, unit, instruction=ctx.data["instruction"])
        if ctx.case.dispatched_at is None:
            ctx.set(dispatched_at=ctx.now)
        ctx.decision = ctx.case.proposal
        ctx.note = ctx.data["note"]
        ctx.event_data.update(
            unit=unit.name,
            limit=ctx.limit,
            by_rule=ctx.case.proposal_id is not None and not ctx.data["overrides"],
            override_reason=ctx.data["override_reason"],
            instruction=ctx.data["instruction"],
        )
        if helping := ctx.data.get("co_units"):
            days = ctx.data["co_days"] or ctx.definition.policy("task_days")
            ask_to_help(ctx, helping, instruction=ctx.data["instruction"], days=days)
        ctx.public_text = gettext("已交由%(unit)s办理。") % {"unit": unit.name}


def ask_to_help(
    ctx: Context, units: Iterable[Organization], *, instruction: str, days: int
) -> None:
    """Will have these units help from the first day; those that help already go on."""
    asked = {t.unit_id for t in ctx.case.side_tasks() if t.kind == TaskKind.CO}
    words = instruction or gettext("请配合承办单位办理")
    new = [unit for unit in units if unit.pk not in asked]
    open_co_tasks(ctx, new, instruction=words, days=days)


def assign(ctx: Context, unit: Organization, *, instruction: str) -> Task:
    """Will make ``unit`` responsible and open its main task of this round."""
    ctx.give_to(unit)
    task = Task(
        pk=rows.next_key(Task),
        case=ctx.case,
        kind=TaskKind.MAIN,
        unit=unit,
        unit_path=unit.path,
        round=ctx.case.round,
        instruction=instruction,
        created_at=ctx.now,
    )
    rows.insert(task)
    ctx.notify(
        staff_of(unit, "matters.handle_case"),
        kind="task",
        title=gettext("新派单：%(title)s") % {"title": ctx.case.title},
        body=gettext("受理编号 %(number)s，请及时签收。") % {"number": ctx.case.number},
    )
    return task
