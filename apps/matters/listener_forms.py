"""The form of a listener: what it waits for, what it does (RU-03). Shape and conversion only."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, Tenant
from apps.matters.enums import EffectKind, LinkWay, NotifyTo
from apps.matters.mapping import SOURCES, TARGETS
from apps.matters.models import Listener
from apps.matters.selectors.listeners import pattern_choices, published_matters, system_actions
from apps.matters.selectors.surroundings import list_rights
from apps.matters.services.effects import WORDS

PATTERN = ("matters", "states", "categories", "actions")
MOST_ROWS = 50
_NONE: list[tuple[str, Any]] = [("", "—")]
_DATA = {
    EffectKind.NOTIFY: ("to", "permission", "organization", "title", "body"),
    EffectKind.OPEN: ("matter", "title", "text", "keep_place", "keep_class"),
    EffectKind.ACT: ("link", "action", "text"),
}

#: Not asked of a draft, but of what is submitted.
_WANTED = (
    *("notify_to", "notify_permission", "notify_organization", "notify_title"),
    *("open_matter", "open_title", "open_text", "act_link", "act_action"),
)


def _boxes(label: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(
        label=label, required=False, widget=widget, help_text=help_text
    )


def _choice(label: Any, choices: Any = (), help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, help_text=help_text)


def _text(label: Any, most: int, *, rows: int = 0) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, required=False, max_length=most, widget=widget)


class ListenerForm(forms.Form):
    """Everything of a listener but its condition and the rows of its mapping."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    purpose = _text(gettext_lazy("用途"), 300)
    tenant = _choice(gettext_lazy("范围"), (), gettext_lazy("只监听所选租户的案件，建立后不再改变"))
    matters = _boxes(gettext_lazy("事项"), gettext_lazy("不选则不限"))
    actions = _boxes(gettext_lazy("发生的操作"), gettext_lazy("不选则不限"))
    states = _boxes(gettext_lazy("进入的状态"), gettext_lazy("不选则不限；停留在原状态不算进入"))
    categories = _boxes(gettext_lazy("转入的状态类别"), gettext_lazy("不选则不限"))
    effect = forms.ChoiceField(
        label=gettext_lazy("做什么"), choices=EffectKind.choices, widget=forms.RadioSelect
    )
    notify_to = _choice(gettext_lazy("通知谁"), NotifyTo.choices)
    notify_permission = _choice(gettext_lazy("权限"))
    notify_organization = _choice(gettext_lazy("单位"))
    notify_title = _text(gettext_lazy("通知标题"), 120)
    notify_body = _text(gettext_lazy("通知内容"), 4000, rows=3)
    open_matter = _choice(gettext_lazy("登记哪个事项"))
    open_title = _text(gettext_lazy("新案件标题"), 120)
    open_text = _text(gettext_lazy("新案件内容"), 4000, rows=3)
    open_keep_place = forms.BooleanField(label=gettext_lazy("沿用地点"), required=False)
    open_keep_class = forms.BooleanField(label=gettext_lazy("沿用分类"), required=False)
    act_link = _choice(gettext_lazy("对哪些案件"), LinkWay.choices)
    act_action = _choice(
        gettext_lazy("办理什么"), (), gettext_lazy("只列出已有事项允许系统办理的操作")
    )
    act_text = _text(gettext_lazy("填写的说明"), 4000, rows=2)

    def __init__(self, *args: Any, tenants: Iterable[Tenant], everywhere: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        tenants = list(tenants)
        choices = pattern_choices()
        for name in ("matters", "categories", "actions"):
            self._offer(name, choices[name])
        self._offer(
            "states", [(c, f"{m} · {s}") for m, group in choices["states"] for c, s in group]
        )
        city = [("", _("全市"))] if everywhere else []
        self._offer("tenant", [*city, *((str(t.pk), t.name) for t in tenants)])
        self._offer("notify_permission", [*_NONE, *list_rights().items()])
        units = Organization.objects.filter(tenant__in=tenants, is_active=True).order_by("path")
        self._offer("notify_organization", [*_NONE, *units.values_list("code", "name")])
        self._offer("open_matter", [*_NONE, *choices["matters"]])
        self._offer("act_action", [*_NONE, *system_actions()])
        self._hang()

    def _hang(self) -> None:
        """What is asked only for a kind of effect, and within it only for a choice."""
        fields: dict[str, Any] = self.fields
        fields["notify_permission"].show_if = f"notify_to={NotifyTo.PERMISSION}"
        fields["notify_organization"].show_if = f"notify_to={NotifyTo.ORGANIZATION}"
        words = "".join(f"{{{word}}}" for word in WORDS)
        for name in ("notify_title", "notify_body", "open_title", "open_text", "act_text"):
            fields[name].help_text = _("可用%s，会换成案件的内容") % words
        for name in _WANTED:
            fields[name].is_wanted = True

    def _offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    @property
    def chosen_effect(self) -> str:
        """The kind of effect whose fields are asked now."""
        value = self["effect"].value()
        return value if value in EffectKind.values else EffectKind.NOTIFY

    def part(self, kind: str) -> list[forms.BoundField]:
        """Will give the fields of one kind of effect."""
        return [self[f"{kind}_{name}"] for name in _DATA[EffectKind(kind)]]

    @property
    def notify_fields(self) -> list[forms.BoundField]:
        return self.part(EffectKind.NOTIFY)

    @property
    def open_fields(self) -> list[forms.BoundField]:
        return self.part(EffectKind.OPEN)

    @property
    def act_fields(self) -> list[forms.BoundField]:
        return self.part(EffectKind.ACT)

    def pattern(self) -> dict[str, list[str]]:
        """Will give what was ticked, by key."""
        return {name: self.cleaned_data[name] for name in PATTERN}

    def effect_data(self) -> dict[str, Any]:
        """Will give the fields of the chosen kind; those of the others are dropped."""
        kind = EffectKind(self.cleaned_data["effect"])
        return {name: self.cleaned_data[f"{kind}_{name}"] for name in _DATA[kind]}


def initial_of(listener: Listener) -> dict[str, Any]:
    """Will give the form's first values from a listener."""
    data = {f"{listener.effect}_{k}": v for k, v in listener.effect_data.items()}
    return {
        "name": listener.name,
        "purpose": listener.purpose,
        "tenant": str(listener.tenant_id or ""),
        "effect": listener.effect,
        **listener.pattern,
        **data,
    }


class MapForm(forms.Form):
    """One row: a field of the new case takes a field of the old one, or a fixed text."""

    to = _choice(gettext_lazy("新案件的字段"))
    source = _choice(gettext_lazy("取自原案件"))
    value = _text(gettext_lazy("或固定内容"), 500)

    def __init__(self, *args: Any, matter: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        own = [(name, label) for code, name, label in _form_fields() if code == matter]
        fields["to"].choices = [*_NONE, *TARGETS.items(), *own]
        every = dict.fromkeys((name, label) for _code, name, label in _form_fields())
        fields["source"].choices = [*_NONE, *SOURCES.items(), *every]

    def row(self) -> dict[str, str]:
        """Will give the row as the effect stores it, {} for one left empty."""
        given = self.cleaned_data
        if not any(given.values()):
            return {}
        row = {"to": given["to"], "from": given["source"], "value": given["value"]}
        return {key: value for key, value in row.items() if value}


def _form_fields() -> list[tuple[str, str, str]]:
    """(matter, "form.<name>", label) of every field of a published matter."""
    return [
        (matter.code, f"form.{entry['name']}", str(entry.get("label", entry["name"])))
        for matter in published_matters()
        for entry in matter.definition.form.get("fields", [])
    ]


def map_forms(data: QueryDict, *, matter: str) -> list[MapForm]:
    """Will give the rows that were posted, bound."""
    count = data.get("rows", "")
    most = int(count) if count.isdecimal() and len(count) < 4 else 0
    return [MapForm(data, prefix=f"m{n}", matter=matter) for n in range(min(most, MOST_ROWS))]


def stored_rows(listener: Listener | None) -> list[MapForm]:
    """Will give the rows of a listener's mapping, unbound."""
    data = listener.effect_data if listener is not None else {}
    rows = [
        {"to": row["to"], "source": row.get("from", ""), "value": row.get("value", "")}
        for row in data.get("mapping", [])
    ]
    return fresh_rows(rows, matter=data.get("matter", ""))


def fresh_rows(rows: Iterable[dict[str, Any]], *, matter: str) -> list[MapForm]:
    """Will give rows that nobody judges yet."""
    return [
        MapForm(prefix=f"m{number}", matter=matter, initial=row) for number, row in enumerate(rows)
    ]


def unjudged(form: Any) -> Any:
    """Will show a bound form with what was typed and without errors."""
    form.initial = {name: form[name].data for name in form.fields}
    form.is_bound = False
    return form
