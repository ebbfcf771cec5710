"""调用事项: another matter, mostly of the office, as a step of this one (MT-22)."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.matters import splitting
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.splitting import begin, require_splittable, splits_from
from apps.matters.definition import SplitDef
from apps.matters.models import Case


class CallForm(ActionForm):
    call = forms.ChoiceField(label=_("调用的事项"))
    note = long_text(_("说明"), required=False, max_length=500)

    def prepare(self) -> None:
        self.calls = {call.code: call for call in splits_from(self.case, calls=True)}
        field: Any = self.fields["call"]
        field.choices = [(call.code, call.label) for call in self.calls.values()]
        if self.calls:
            field.initial = next(iter(self.calls))


@register
class CallMatter(Action):
    """调用事项: the case waits for the other one; its result comes back into the form."""

    code = "call_matter"
    label = _("调用事项")
    form_class = CallForm

    def is_offered(self, case: Case) -> bool:
        return bool(splits_from(case, calls=True))

    def check(self, ctx: Context) -> None:
        require_splittable(ctx, self._call(ctx))

    def apply(self, ctx: Context) -> None:
        call = self._call(ctx)
        plan = splitting.plan_call(ctx.case, call)
        ctx.note = ctx.data["note"] or gettext("调用“%s”") % call.label
        begin(ctx, call, plan.parts, None)

    def _call(self, ctx: Context) -> SplitDef:
        return ctx.definition.splits[ctx.data["call"]]
