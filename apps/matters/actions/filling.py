"""更正表单: the matter's own fields as they should be (MT-03)."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import forms_data
from apps.common.phrases import series
from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.models import Case


class CorrectFormForm(ActionForm, forms_data.DataForm):
    """The fields of the case's own version, as filled, and the reason for changing them.

    A masked field is never sent to the page: left empty it stays as it is.
    """

    def prepare(self) -> None:
        built = forms_data.build_form(self.definition.form)
        self.entries = {
            name: {**entry, "required": entry.get("required") and not entry.get("masked")}
            for name, entry in built.entries.items()
        }
        self.fields.update(built().fields)
        initial = forms_data.initial_of(self.definition.form, self.case.form_data)
        self.fields["correction_reason"] = long_text(_("更正理由"), max_length=300)
        shown = {v.name: v for v in forms_data.show(self.definition.form, self.case.form_data)}
        for name in built.entries:
            field: Any = self.fields[name]
            if field.masked:
                field.help_text = gettext("留空则不变")
                field.is_wanted = False
                if name in shown:
                    field.widget.attrs["placeholder"] = shown[name].text
            elif name in initial:
                field.initial = initial[name]
        self.connect()

    def values(self) -> dict[str, Any]:
        """Will give all values the case should have now."""
        values = self.plain_data()
        for name in forms_data.masked_names(self.definition.form):
            if not values.get(name) and name in values and name in self.case.form_data:
                values[name] = self.case.form_data[name]
        return values

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["form_data"] = {} if self.errors else self.values()
        return cleaned


@register
class CorrectForm(Action):
    """更正表单: what was filled in wrongly is put right; the event keeps which fields changed."""

    code = "correct_form"
    label = _("更正表单")
    form_class = CorrectFormForm

    def is_offered(self, case: Case) -> bool:
        return bool(case.version.body.get("form", {}).get("fields"))

    def apply(self, ctx: Context) -> None:
        before, after = ctx.case.form_data, ctx.data["form_data"]
        entries = ctx.definition.form.get("fields", [])
        changed = [e for e in entries if before.get(e["name"]) != after.get(e["name"])]
        masked = forms_data.masked_names(ctx.definition.form)
        ctx.event_data["changes"] = [
            {"field": e["name"], "label": e["label"]}
            if e["name"] in masked
            else {
                "field": e["name"],
                "label": e["label"],
                "before": before.get(e["name"]),
                "after": after.get(e["name"]),
            }
            for e in changed
        ]
        ctx.set(form_data=after)
        labels = series(e["label"] for e in changed) or gettext("没有变化")
        ctx.note = f"{labels}：{ctx.data['correction_reason']}"
