"""One form per part of a definition. ``row()`` and ``part()`` give what goes into the body."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.forms_data import TYPES
from apps.matters.actions import known_actions
from apps.matters.definition.parts import BASIC, OBJECT_KINDS, OUTPUT_KINDS, SOURCES
from apps.matters.definition.schema import POLICY_DEFAULTS, REACHES
from apps.matters.enums import Channel, StateCategory
from apps.matters.limits import limit_trouble
from apps.matters.studio import words
from apps.matters.studio.rows import fresh_code, rows_of

Row = dict[str, Any]
Choices = list[tuple[str, Any]]
_NONE: Choices = [("", "—")]
_CODE_HELP = gettext_lazy("留空自动生成；系统内部使用，发布后请勿随意改动")


@dataclass(frozen=True)
class Surroundings:
    """What a form may offer: the body being edited and what the city has.

    rights: permission names by code. tables: rule tables by code. matters: key states of
    published matters, {code: (name, {state: label})}. dictionaries: names by code.
    """

    body: dict[str, Any]
    kind: str
    rights: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    matters: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    dictionaries: dict[str, str] = field(default_factory=dict)


class PartForm(forms.Form):
    """A form that knows what surrounds the part it edits."""

    def __init__(self, *args: Any, around: Surroundings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around
        self.prepare()

    def prepare(self) -> None:
        """Will fill choices."""

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Will set the choices of a field."""
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]


class RowForm(PartForm):
    """One row of a part. before: the row as it was, {} for a new one."""

    section = ""
    key = "code"

    def __init__(self, *args: Any, before: Row, **kwargs: Any) -> None:
        self.before = before
        kwargs.setdefault("initial", self.initial_of(before))
        super().__init__(*args, **kwargs)

    def initial_of(self, row: Row) -> Row:
        """Will give the form's first values from a row."""
        return dict(row)

    def row(self) -> Row:
        """Will give the row to keep, empty values left out."""
        return kept(self.cleaned_data)

    def coded(self, row: Row, label: str) -> Row:
        """Will give the row its code: the one typed, the one it had, or a new one."""
        own = row.get(self.key) or self.before.get(self.key)
        return {**row, self.key: own or fresh_code(label, self._taken())}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get(self.key)
        if typed and self.key in self.fields and typed in self._taken():
            self.add_error(self.key, _("“%s”已用过，请换一个") % typed)
        return cleaned

    def _taken(self) -> set[str]:
        rows = rows_of(self.around.body, self.section)
        own = self.before.get(self.key)
        return {str(r.get(self.key)) for r in rows if r.get(self.key)} - {own}


def kept(values: Row) -> Row:
    """Will drop what was left empty; zero and an explicit no stay."""
    return {k: v for k, v in values.items() if v not in ("", None, [], {})}


def _code() -> forms.Field:
    return forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$",
        label=gettext_lazy("代码"),
        required=False,
        help_text=_CODE_HELP,
        error_messages={"invalid": gettext_lazy("须为小写字母开头的字母、数字、下划线")},
    )


def _text(label: Any, most: int, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text)


def _boxes(label: Any, *, required: bool = False, help_text: Any = "") -> forms.Field:
    return forms.MultipleChoiceField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def _amount(label: Any) -> forms.Field:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=10_000)


def _unit(label: Any) -> forms.Field:
    return forms.ChoiceField(label=label, required=False, choices=list(words.UNITS.items()))


class StateForm(RowForm):
    section = "states"
    label = _text(gettext_lazy("名称"), 40, required=True)
    category = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=StateCategory,
        help_text=gettext_lazy("决定颜色、时限暂停和统计口径"),
    )
    public_label = _text(
        gettext_lazy("对外名称"), 40, help_text=gettext_lazy("反映人看到的说法，留空与名称相同")
    )
    is_key = forms.BooleanField(
        label=gettext_lazy("关键状态"),
        required=False,
        help_text=gettext_lazy("到达时通知订阅本事项的其他事项和系统"),
    )
    code = _code()

    def row(self) -> Row:
        row = super().row()
        if not row["is_key"]:
            del row["is_key"]
        return self.coded(row, row["label"])


class ActorForm(RowForm):
    section, key = "actors", "name"
    label = _text(gettext_lazy("名称"), 40, help_text=gettext_lazy("留空则用权限的名称"))
    reach = forms.ChoiceField(label=gettext_lazy("范围"))
    permission = forms.ChoiceField(
        label=gettext_lazy("所需权限"),
        required=False,
        help_text=gettext_lazy("只列出已授给角色的权限；反映人和系统不需要"),
    )
    name = _code()

    def prepare(self) -> None:
        self.offer("reach", [(r, words.REACHES.get(r, r)) for r in REACHES])
        known = list(self.around.rights.items())
        own = self.before.get("permission")
        if own and own not in self.around.rights:
            known.append((own, own))
        self.offer("permission", [*_NONE, *known])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reach") in ("tenant", "unit") and not cleaned.get("permission"):
            self.add_error("permission", _("请选择做这些动作所需的权限"))
        return cleaned

    def row(self) -> Row:
        row = {**_others(self.before, self.fields), **super().row()}
        if row["reach"] in ("reporter", "system"):
            row.pop("permission", None)
        label = words.actor_label("", row, self.around.rights)
        return self.coded(row, label)


def _others(before: Row, fields: Iterable[str]) -> Row:
    """What a row holds that its form does not show; other parts of the engine put it there."""
    return {key: value for key, value in before.items() if key not in set(fields)}


class ActionForm(RowForm):
    section = "actions"
    code = forms.ChoiceField(label=gettext_lazy("动作"))
    label = _text(gettext_lazy("叫法"), 40, help_text=gettext_lazy("留空用标准名称"))
    sources = _boxes(gettext_lazy("从哪些状态可做"), required=True)
    to = forms.ChoiceField(label=gettext_lazy("做完到"), required=False)
    who = _boxes(gettext_lazy("谁来做"), required=True)

    def prepare(self) -> None:
        used = {str(r.get("code")) for r in rows_of(self.around.body, "actions")}
        own = self.data.get("code") or self.initial.get("code") or self.before.get("code") or ""
        free = known_actions() - used | {own} if own else known_actions() - used
        offered = sorted((words.action_label(c), c) for c in free)
        self.offer("code", [(code, label) for label, code in offered])
        states = list(words.state_labels(self.around.body).items())
        self.offer("sources", states)
        self.offer("to", [("", _("状态不变")), *states])
        self.offer("who", words.actor_labels(self.around.body, self.around.rights).items())
        self.results = words.outcomes_of(own)
        given = self.before.get("outcomes", {})
        for outcome in {**self.results, **dict.fromkeys(given, "")}:
            label = self.results.get(outcome) or outcome
            self.fields[f"outcome_{outcome}"] = forms.ChoiceField(
                label=_("“%s”时到") % label,
                required=False,
                choices=[("", _("状态不变")), *states],
                initial=given.get(outcome, ""),
            )

    def initial_of(self, row: Row) -> Row:
        return {**row, "sources": row.get("from", [])}

    def clean(self) -> dict[str, Any]:
        # The same action twice is no choice the form offers.
        return forms.Form.clean(self) or {}

    def row(self) -> Row:
        given = self.cleaned_data
        prefix = "outcome_"
        outcomes = {
            name.removeprefix(prefix): value
            for name, value in given.items()
            if name.startswith(prefix) and value
        }
        shown = {"code", "label", "from", "to", "who", "outcomes"}
        row = kept({key: given[key] for key in ("code", "label", "to")})
        row |= {"from": given["sources"], "who": given["who"]} | kept({"outcomes": outcomes})
        return {**_others(self.before, shown), **row}


class ClockForm(RowForm):
    section, key = "clocks", "name"
    label = _text(gettext_lazy("名称"), 40, required=True)
    main = forms.BooleanField(
        label=gettext_lazy("主时限"),
        required=False,
        help_text=gettext_lazy("案件上显示的到期时间取自它，延期也加在它上面"),
    )
    set_by = forms.ChoiceField(
        label=gettext_lazy("时长"),
        choices=[("fixed", gettext_lazy("固定")), ("dispatch", gettext_lazy("由派单确定"))],
    )
    amount = _amount(gettext_lazy("数量（由派单确定时为默认值）"))
    unit = _unit(gettext_lazy("单位"))
    starts = _boxes(gettext_lazy("开始于"), required=True)
    stops = _boxes(gettext_lazy("停止于"))
    pauses = forms.MultipleChoiceField(
        label=gettext_lazy("在这些类别的状态中暂停"),
        required=False,
        choices=StateCategory,
        widget=forms.CheckboxSelectMultiple,
    )
    yellow_amount = _amount(gettext_lazy("到期前多久黄牌提醒"))
    yellow_unit = _unit(gettext_lazy("单位"))
    red = forms.BooleanField(label=gettext_lazy("到期红牌督办"), required=False)
    name = _code()

    def prepare(self) -> None:
        labels = words.action_labels(self.around.body)
        self.offer("starts", labels.items())
        self.offer("stops", [pair for pair in labels.items() if pair[0] != "open"])

    def initial_of(self, row: Row) -> Row:
        by_dispatch = row.get("limit") == "dispatch"
        limit = row.get("default_limit", {}) if by_dispatch else row.get("limit", {})
        marks = row.get("thresholds", [])
        yellow: Row = next((m["before"] for m in marks if _is_yellow(m)), {})
        return {
            **row,
            "set_by": "dispatch" if by_dispatch else "fixed",
            "amount": limit.get("amount"),
            "unit": limit.get("unit", "working_days"),
            "yellow_amount": yellow.get("amount"),
            "yellow_unit": yellow.get("unit", "working_days"),
            "red": any(_is_red(m) for m in marks) if row else True,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("set_by") == "fixed" and not cleaned.get("amount"):
            self.add_error("amount", _("请填写时长"))
        return cleaned

    def row(self) -> Row:
        given = self.cleaned_data
        limit = {"amount": given["amount"], "unit": given["unit"]} if given["amount"] else None
        row: Row = kept({k: given[k] for k in ("name", "label", "pauses")})
        row |= {"starts": given["starts"], "stops": given["stops"]}
        if given["main"]:
            row["main"] = True
        if given["set_by"] == "dispatch":
            row["limit"] = "dispatch"
            row |= {"default_limit": limit} if limit else {}
        else:
            row["limit"] = limit
        row["thresholds"] = self._marks()
        return self.coded(row, row["label"])

    def _marks(self) -> list[Row]:
        given = self.cleaned_data
        marks = [
            m for m in self.before.get("thresholds", []) if not _is_yellow(m) and not _is_red(m)
        ]
        if given["yellow_amount"]:
            before = {"amount": given["yellow_amount"], "unit": given["yellow_unit"]}
            marks.append({"code": "soon", "level": "yellow", "before": before})
        if given["red"]:
            marks.append({"code": "expiry", "level": "red"})
        return marks


def _is_yellow(mark: Row) -> bool:
    return mark.get("level") == "yellow" and bool(mark.get("before"))


def _is_red(mark: Row) -> bool:
    return mark.get("level") == "red" and not any(
        mark.get(k) for k in ("before", "after", "fraction")
    )


class ShownIf(RowForm):
    """Rows that count only while a field of the form has one of some values."""

    condition_field = forms.ChoiceField(label=gettext_lazy("仅当字段"), required=False)
    condition_values = _text(
        gettext_lazy("取值为"), 500, help_text=gettext_lazy("多个值用顿号隔开")
    )

    def prepare(self) -> None:
        fields = self._earlier()
        self.offer("condition_field", [("", _("总是")), *fields])

    def _earlier(self) -> Choices:
        rows = rows_of(self.around.body, "form")
        return [(r["name"], r.get("label", r["name"])) for r in rows if r.get("name")]

    def initial_of(self, row: Row) -> Row:
        condition = row.get("show_if") or {}
        return {
            **row,
            "condition_field": condition.get("field", ""),
            "condition_values": "、".join(str(v) for v in condition.get("in", [])),
        }

    def condition(self) -> Row:
        """Will give show_if, or nothing; values are matched to choices by code or label."""
        name = self.cleaned_data["condition_field"]
        if not name:
            return {}
        rows = {r.get("name"): r for r in rows_of(self.around.body, "form")}
        choices = rows.get(name, {}).get("choices") or []
        by_label = {str(c[1]): c[0] for c in choices if isinstance(c, list) and len(c) == 2}
        typed = [v.strip() for v in self.cleaned_data["condition_values"].split("、") if v.strip()]
        return {"show_if": {"field": name, "in": [by_label.get(v, v) for v in typed]}}


class MaterialInForm(ShownIf):
    section = "materials_in"
    field_order = ("label", "source", "shared_code", "required", "form_field")
    label = _text(gettext_lazy("名称"), 80, required=True)
    source = forms.ChoiceField(label=gettext_lazy("来源"), choices=list(SOURCES.items()))
    shared_code = _text(gettext_lazy("共享数据代码"), 60)
    required = forms.BooleanField(label=gettext_lazy("必需"), required=False, initial=True)
    form_field = forms.ChoiceField(label=gettext_lazy("由表单字段收取"), required=False)
    note = _text(gettext_lazy("说明"), 500)
    code = _code()

    def prepare(self) -> None:
        super().prepare()
        self.offer("form_field", [*_NONE, *self._earlier()])

    def row(self) -> Row:
        given = self.cleaned_data
        names = ("code", "label", "source", "shared_code", "form_field", "note")
        row = kept({k: given[k] for k in names})
        return self.coded({**row, "required": given["required"], **self.condition()}, row["label"])


class MaterialOutForm(RowForm):
    section = "materials_out"
    label = _text(gettext_lazy("名称"), 80, required=True)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=list(OUTPUT_KINDS.items()))
    note = _text(gettext_lazy("说明"), 500)
    code = _code()

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])


class FieldForm(ShownIf):
    section, key = "form", "name"
    field_order = ("label", "type", "required", "help", "choices_text", "dictionary", "min", "max")
    label = _text(gettext_lazy("名称"), 60, required=True)
    type = forms.ChoiceField(
        label=gettext_lazy("类型"), choices=[(t, words.FIELD_TYPES.get(t, t)) for t in TYPES]
    )
    required = forms.BooleanField(label=gettext_lazy("必填"), required=False)
    help = _text(gettext_lazy("填写说明"), 200)
    choices_text = forms.CharField(
        label=gettext_lazy("选项"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("单选、多选用；每行一个选项"),
    )
    dictionary = forms.ChoiceField(label=gettext_lazy("或取自字典"), required=False)
    min = forms.FloatField(label=gettext_lazy("最小值"), required=False)
    max = forms.FloatField(label=gettext_lazy("最大值"), required=False)
    max_length = forms.IntegerField(
        label=gettext_lazy("最多字数"), required=False, min_value=1, max_value=20_000
    )
    masked = forms.BooleanField(
        label=gettext_lazy("遮蔽"),
        required=False,
        help_text=gettext_lazy("没有权限的人只看到星号，用于证件号、电话等"),
    )
    name = _code()

    def prepare(self) -> None:
        super().prepare()
        self.offer("dictionary", [*_NONE, *self.around.dictionaries.items()])

    def _earlier(self) -> Choices:
        found = super()._earlier()
        own = self.before.get("name")
        names = [name for name, _label in found]
        return found[: names.index(own)] if own in names else found

    def initial_of(self, row: Row) -> Row:
        choices = [c for c in row.get("choices") or [] if isinstance(c, list) and len(c) == 2]
        return {**super().initial_of(row), "choices_text": "\n".join(str(c[1]) for c in choices)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_choice = cleaned.get("type") in ("choice", "multichoice")
        if is_choice and not cleaned.get("choices_text") and not cleaned.get("dictionary"):
            self.add_error("choices_text", _("请列出选项，或选一个字典"))
        return cleaned

    def row(self) -> Row:
        given = self.cleaned_data
        row = kept({k: given[k] for k in ("name", "label", "type", "help")})
        if given["type"] in ("integer", "decimal"):
            row |= kept({"min": _plain(given["min"]), "max": _plain(given["max"])})
        if given["type"] in ("text", "longtext"):
            row |= kept({"max_length": given["max_length"]})
        if given["type"] in ("choice", "multichoice"):
            row |= self._choices()
        row |= {k: True for k in ("required", "masked") if given[k]} | self.condition()
        return self.coded(row, row["label"])

    def _choices(self) -> Row:
        if self.cleaned_data["dictionary"]:
            return {"dictionary": self.cleaned_data["dictionary"]}
        before = {str(c[1]): c[0] for c in self.before.get("choices") or [] if len(c) == 2}
        choices: list[list[str]] = []
        for line in self.cleaned_data["choices_text"].splitlines():
            label = line.strip()
            if label and label not in {c[1] for c in choices}:
                code = before.get(label) or fresh_code(label, [c[0] for c in choices])
                choices.append([code, label])
        return {"choices": choices}


def _plain(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


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
    states = _boxes(gettext_lazy("关键状态"), required=True)
    note = _text(gettext_lazy("用来做什么"), 300)

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
    label = _text(gettext_lazy("检查内容"), 80, required=True)
    basis = _text(gettext_lazy("法律依据"), 500, required=True)
    code = _code()

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])


class InputForm(RowForm):
    section = "inputs"
    label = _text(gettext_lazy("名称"), 80, required=True)
    code = _code()

    def row(self) -> Row:
        row = super().row()
        return self.coded(row, row["label"])


ROW_FORMS: dict[str, type[RowForm]] = {
    form.section: form
    for form in (
        StateForm,
        ActorForm,
        ActionForm,
        ClockForm,
        MaterialInForm,
        MaterialOutForm,
        FieldForm,
        TableForm,
        SubscriptionForm,
        LegalItemForm,
        InputForm,
    )
}


# --- Parts that are one form -----------------------------------------------------------


class BasicForm(PartForm):
    """The name citizens see, and the basic information."""

    title = _text(gettext_lazy("对外名称"), 80, required=True)

    def prepare(self) -> None:
        basic = self.around.body.get("basic", {})
        self.initial = {"title": self.around.body.get("title", ""), **basic}
        short = {"promise", "fee", "audience", "contact", "channels"}
        for key, label in BASIC.items():
            widget = forms.TextInput() if key in short else forms.Textarea(attrs={"rows": 3})
            self.fields[key] = forms.CharField(
                label=label, required=False, max_length=2000, widget=widget
            )
        self.fields["promise"].help_text = _("例如“5个工作日”“24小时”")

    def clean_promise(self) -> str:
        text: str = self.cleaned_data["promise"].strip()
        if text and (trouble := limit_trouble(text)):
            raise forms.ValidationError(trouble)
        return text

    def part(self) -> dict[str, Any]:
        """Will give the body with what was typed."""
        given = dict(self.cleaned_data)
        title = given.pop("title")
        return {**self.around.body, "title": title, "basic": kept(given)}


class KindForm(PartForm):
    """The single values a kind of matter cannot do without."""

    def prepare(self) -> None:
        parts = self.around.body.get("kind_parts", {})
        self.initial = dict(parts)
        if self.around.kind == "supervision":
            self.fields["object_kind"] = forms.ChoiceField(
                label=_("监管对象"), choices=list(OBJECT_KINDS.items())
            )
        elif self.around.kind == "operation":
            self.fields["sources"] = forms.MultipleChoiceField(
                label=_("问题来源"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple
            )
            self.fields["on_the_spot_check"] = forms.TypedChoiceField(
                label=_("是否要求现场核查"),
                choices=[("True", _("是")), ("False", _("否"))],
                coerce=lambda text: text == "True",
                initial=str(bool(parts.get("on_the_spot_check"))),
            )
            self.initial["on_the_spot_check"] = str(bool(parts.get("on_the_spot_check")))
        elif self.around.kind == "office":
            self.fields["result"] = _text(_("返回的结果"), 200, required=True)

    def part(self) -> dict[str, Any]:
        """Will give the body with what was chosen."""
        parts = {**self.around.body.get("kind_parts", {}), **self.cleaned_data}
        return {**self.around.body, "kind_parts": parts}


class PoliciesForm(PartForm):
    """The numbers a city may set; what is left empty keeps its default."""

    def prepare(self) -> None:
        self.initial = dict(self.around.body.get("policies", {}))
        for code, default in POLICY_DEFAULTS.items():
            self.fields[code] = forms.IntegerField(
                label=words.POLICIES.get(code, code),
                required=False,
                min_value=0,
                max_value=100_000,
                help_text=_("默认 %s") % default,
            )

    def part(self) -> dict[str, Any]:
        """Will give the body with the numbers typed."""
        others = _others(self.around.body.get("policies", {}), self.fields)
        return {**self.around.body, "policies": {**others, **kept(self.cleaned_data)}}


PART_FORMS: dict[str, type[Any]] = {
    "basic": BasicForm,
    "kind_parts": KindForm,
    "policies": PoliciesForm,
}


# --- The matter itself, and the deeds on a version ---------------------------------------


class MatterTypeForm(forms.Form):
    """A new matter: its name, code, kind and domain, and what to begin from."""

    name = _text(gettext_lazy("事项名称"), 80, required=True)
    code = forms.CharField(
        label=gettext_lazy("代码"),
        max_length=60,
        help_text=gettext_lazy("小写字母、数字、下划线，可用点分段，例如 city.digging"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("类型"))
    domain: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        label=gettext_lazy("业务领域"), queryset=None
    )
    begin = forms.ChoiceField(
        label=gettext_lazy("从哪里开始"),
        choices=[
            ("starter", gettext_lazy("该类型的常用模板（已能发布，按需改）")),
            ("empty", gettext_lazy("空白")),
        ],
    )


def dress(form: forms.Form) -> None:
    """Will give the inputs of a filter the look of the kit."""
    for shown in form.fields.values():
        is_choice = isinstance(shown, forms.ChoiceField)
        shown.widget.attrs["class"] = "form-select" if is_choice else "form-control"


class FilterForm(forms.Form):
    """Narrows the list of matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    q = _text(gettext_lazy("搜索"), 60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    domain = forms.ChoiceField(label=gettext_lazy("业务领域"), required=False)
    standing = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("in_force", gettext_lazy("有生效版本")),
            ("none", gettext_lazy("没有生效版本")),
            ("draft", gettext_lazy("有草稿")),
            ("submitted", gettext_lazy("待复核")),
        ],
    )


class ImportForm(forms.Form):
    """A definition from a file."""

    file = forms.FileField(label=gettext_lazy("定义文件（JSON）"))
