"""What a definition refers to by name: rule tables, other matters, laws, inputs."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.matters.studio import words
from apps.matters.studio.forms.base import Row, RowForm, boxes, code_field, text_field


class TableForm(RowForm):
    section, key = "tables", "purpose"
    purpose = forms.ChoiceField(label=gettext_lazy("用途"))
    table = forms.ChoiceField(label=gettext_lazy("规则表"))

    def prepare(self) -> None:
        purposes = dict(words.PURPOSES)
        if own := self.before.get("purpose"):
            purposes.setdefault(own, own)
        self.offer("purpose", purposes.items())
        tables = dict(self.around.tables)
        if code := self.before.get("table"):
            tables.setdefault(code, code)
        self.offer("table", tables.items())


class SubscriptionForm(RowForm):
    section, key = "subscriptions", "matter"
    matter = forms.ChoiceField(label=gettext_lazy("事项"))
    states = boxes(gettext_lazy("关键状态"), required=True)
    note = text_field(gettext_lazy("用来做什么"), 300)

    def prepare(self) -> None:
        self.offer("matter", [(code, name) for code, (name, _s) in self.around.matters.items()])
        self.offer(
            "states",
            [
                (f"{code}:{state}", f"{name} · {label}")
                for code, (name, states) in self.around.matters.items()
                for state, label in states.items()
            ],
        )

    def initial_of(self, row: Row) -> Row:
        return {**row, "states": [f"{row.get('matter')}:{s}" for s in row.get("states", [])]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        prefix = f"{cleaned.get('matter')}:"
        chosen = [s.removeprefix(prefix) for s in cleaned.get("states", []) if s.startswith(prefix)]
        if cleaned.get("states") and not chosen:
            self.add_error("states", _("请选择所选事项的关键状态"))
        cleaned["states"] = chosen
        return cleaned


class LegalItemForm(RowForm):
    section = "legal_items"
    label = text_field(gettext_lazy("检查内容"), 80, required=True)
    basis = text_field(gettext_lazy("法律依据"), 500, required=True)
    code = code_field()

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])


class InputForm(RowForm):
    section = "inputs"
    label = text_field(gettext_lazy("名称"), 80, required=True)
    code = code_field()

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])
