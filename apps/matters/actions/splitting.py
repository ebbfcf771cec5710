"""分解: one case becomes several, as the rules say and a person confirms (RU-02, MT-10)."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import outbox
from apps.common.phrases import bracketed, labelled
from apps.matters import causes, splitting
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.definition import SplitDef, definition_of
from apps.matters.enums import SplitState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Split, SplitPart
from apps.matters.routing import facts_of
from apps.matters.splitting import Plan, PlannedPart
from apps.rules import services as rules
from apps.rules.models import Decision

OPEN_TOPIC = "matters.open_parts"


def splits_from(case: Case, *, calls: bool) -> list[SplitDef]:
    """Will give the splits (or calls) the definition offers in the state of the case."""
    definition = definition_of(case.version_id, case.version.body)
    return [
        split
        for split in definition.splits.values()
        if split.is_call == calls and case.state in split.sources
    ]


class SplitForm(ActionForm):
    """Shows what the rules would open, each with its reason; leaving one out needs a reason."""

    parts = forms.MultipleChoiceField(
        label=_("将要开启的子事项"), required=False, widget=forms.CheckboxSelectMultiple
    )
    left_out_reason = long_text(_("未开启部分子事项的理由"), required=False, max_length=300)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.plans: list[Plan] = []
        self.troubles: list[str] = []
        for split in splits_from(self.case, calls=False):
            try:
                self.plans.append(splitting.plan_split(self.case, split))
            except ActionNotPossible as error:
                self.troubles.append(labelled(split.label, error))
        self.known = {f"{p.split.code}:{part.number}": p for p in self.plans for part in p.parts}
        field: Any = self.fields["parts"]
        field.choices = [
            (plan.split.label, [(f"{plan.split.code}:{p.number}", _line(p)) for p in plan.parts])
            for plan in self.plans
        ]
        first = self.plans[0] if self.plans else None
        if first is not None:
            field.initial = [f"{first.split.code}:{part.number}" for part in first.parts]
            field.help_text = first.explanation
        self.fields["seen"].initial = "".join(plan.digest for plan in self.plans)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.plans:
            raise forms.ValidationError(self.troubles or [gettext("当前状态下没有可用的分解规则")])
        if cleaned.get("seen") and cleaned["seen"] != self.fields["seen"].initial:
            raise forms.ValidationError(gettext("分解规则刚刚有变化，请重新核对子事项"))
        chosen = cleaned.get("parts") or [
            f"{self.plans[0].split.code}:{part.number}" for part in self.plans[0].parts
        ]
        plans = {self.known[key].split.code: self.known[key] for key in chosen}
        if len(plans) != 1:
            raise forms.ValidationError(gettext("一次只能按一套规则分解"))
        (plan,) = plans.values()
        cleaned["plan"] = plan
        cleaned["numbers"] = {int(key.rpartition(":")[2]) for key in chosen}
        if len(cleaned["numbers"]) < len(plan.parts) and not cleaned.get("left_out_reason"):
            self.add_error("left_out_reason", gettext("与规则建议不同，请说明理由"))
        return cleaned


def _line(part: PlannedPart) -> SafeString:
    """One part as a person reads it: what, to whom, by when, why."""
    facts = [
        part.matter_name,
        part.unit.name if part.unit is not None else gettext("按其自身规则派单"),
        part.limit_text,
        str(part.role.label),
        gettext("第%s步") % part.order,
    ]
    return format_html(
        '<strong>{}</strong><br><span class="text-secondary">{}<br>{}</span>',
        part.title,
        " · ".join(fact for fact in facts if fact),
        part.reason,
    )


@register
class SplitCase(Action):
    """分解: the parts are written down now and opened right after, each with its own clocks."""

    code = "split"
    label = _("分解")
    form_class = SplitForm
    style = "primary"

    def is_offered(self, case: Case) -> bool:
        return bool(splits_from(case, calls=False))

    def check(self, ctx: Context) -> None:
        require_splittable(ctx, ctx.data["plan"].split)

    def apply(self, ctx: Context) -> None:
        plan: Plan = ctx.data["plan"]
        decision, parts, split = decide_parts(ctx, plan.split)
        chosen = [part for part in parts if part.number in ctx.data["numbers"]]
        splitting.require_parts(split, chosen)
        ctx.note = ctx.data["left_out_reason"]
        begin(ctx, split, chosen, decision)


def decide_parts(ctx: Context, split: SplitDef) -> tuple[Decision, list[PlannedPart], SplitDef]:
    """Will have the table decide for good: the record that explains it, parts, way of joining."""
    plan = splitting.plan_split(ctx.case, split)
    decision = rules.decide(
        split.table,
        facts=facts_of(ctx.case),
        subject=f"case:{ctx.case.pk}",
        actor_name=ctx.actor.display_name,
        at=ctx.now,
    )
    reasons = [part.reason for part in plan.parts]
    parts = splitting.read_parts(
        decision.outputs, reasons, tenant_id=ctx.case.tenant_id, title=ctx.case.title
    )
    return decision, parts, splitting.joined_by(split, decision.outputs)


def require_splittable(ctx: Context, split: SplitDef) -> None:
    """Will refuse a second split of the same kind while the first runs, and a sixth level."""
    splitting.depth_below(ctx.case)
    running = Split.objects.filter(parent=ctx.case, code=split.code, state=SplitState.RUNNING)
    if running.exists():
        raise ActionNotPossible(gettext("“%s”正在进行，请等待其子事项结束") % split.label)


def begin(
    ctx: Context, split: SplitDef, parts: list[PlannedPart], decision: Decision | None
) -> Split:
    """Will write down the split and its parts, and order that the first are opened."""
    row = Split.objects.create(
        parent=ctx.case,
        code=split.code,
        label=split.label,
        policy=split.policy,
        quorum=split.quorum,
        depth=splitting.depth_below(ctx.case),
        decision=decision,
        created_at=ctx.now,
        created_by_name=ctx.actor.display_name,
    )
    SplitPart.objects.bulk_create(
        SplitPart(
            split=row,
            number=number,
            order=part.order,
            role=part.role,
            matter=part.matter,
            title=part.title,
            unit=part.unit,
            limit=part.limit,
            reason=part.reason[:500],
        )
        for number, part in enumerate(parts, 1)
    )
    ctx.decision = decision
    ctx.event_data.update(
        split=split.code, parts=[part.title + bracketed(part.matter_name) for part in parts]
    )
    outbox.enqueue(OPEN_TOPIC, key=f"split:{row.pk}", payload={"split": row.pk} | causes.payload())
    return row
