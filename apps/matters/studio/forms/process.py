"""States, who acts, what may be done and the clocks."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.matters.actions import known_actions
from apps.matters.definition.schema import LONGEST_TRUST_MIN, REACHES
from apps.matters.enums import StateCategory
from apps.matters.studio import words
from apps.matters.studio.forms.base import (
    NONE,
    Row,
    RowForm,
    amount_field,
    boxes,
    code_field,
    kept,
    others,
    text_field,
    unit_field,
)
from apps.matters.studio.rows import rows_of

TRUST_MINUTES = 30  # where the author of a matter names a level and no time


class StateForm(RowForm):
    section = "states"
    label = text_field(gettext_lazy("名称"), 40, required=True)
    category = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=StateCategory,
        help_text=gettext_lazy("决定颜色、时限暂停和统计口径"),
    )
    public_label = text_field(
        gettext_lazy("对外名称"), 40, help_text=gettext_lazy("反映人看到的说法，留空与名称相同")
    )
    is_key = forms.BooleanField(
        label=gettext_lazy("关键状态"),
        required=False,
        help_text=gettext_lazy("到达时通知订阅本事项的其他事项和系统"),
    )
    is_undone = forms.BooleanField(
        label=gettext_lazy("算没办成"),
        required=False,
        help_text=gettext_lazy("作为子事项或被调用时，在这个状态结束不算办成；只用于已结束的状态"),
    )
    code = code_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_undone") and cleaned.get("category") != StateCategory.ENDED:
            self.add_error("is_undone", _("只有类别为“已结束”的状态才能算没办成"))
        return cleaned

    def row(self) -> Row:
        row = super().row()
        for mark in ("is_key", "is_undone"):
            if not row[mark]:
                del row[mark]
        return self.coded(row, row["label"])


class ActorForm(RowForm):
    section, key = "actors", "name"
    label = text_field(gettext_lazy("名称"), 40, help_text=gettext_lazy("留空则用权限的名称"))
    reach = forms.ChoiceField(label=gettext_lazy("范围"))
    permission = forms.ChoiceField(
        label=gettext_lazy("所需权限"),
        required=False,
        help_text=gettext_lazy("只列出已授给角色的权限；反映人和系统不需要"),
    )
    name = code_field()

    def prepare(self) -> None:
        self.offer("reach", [(r, words.REACHES.get(r, r)) for r in REACHES])
        known = list(self.around.rights.items())
        own = self.before.get("permission")
        if own and own not in self.around.rights:
            known.append((own, own))
        self.offer("permission", [*NONE, *known])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reach") in ("tenant", "unit") and not cleaned.get("permission"):
            self.add_error("permission", _("请选择做这些动作所需的权限"))
        return cleaned

    def row(self) -> Row:
        row = {**others(self.before, self.fields), **super().row()}
        if row["reach"] in ("reporter", "system"):
            row.pop("permission", None)
        label = words.actor_label("", row, self.around.rights)
        return self.coded(row, label)


class ActionForm(RowForm):
    section = "actions"
    code = forms.ChoiceField(label=gettext_lazy("动作"))
    label = text_field(gettext_lazy("叫法"), 40, help_text=gettext_lazy("留空用标准名称"))
    sources = boxes(gettext_lazy("从哪些状态可做"), required=True)
    to = forms.ChoiceField(label=gettext_lazy("做完到"), required=False)
    who = boxes(gettext_lazy("谁来做"), required=True)
    trust_level = forms.ChoiceField(
        label=gettext_lazy("最低可信等级"),
        required=False,
        choices=list(words.LEVELS.items()),
        help_text=gettext_lazy("不够时先确认身份，确认后自动继续"),
    )
    trust_minutes = forms.IntegerField(
        label=gettext_lazy("须几分钟内验证过"),
        required=False,
        min_value=1,
        max_value=LONGEST_TRUST_MIN,
        help_text=gettext_lazy("留空为 30 分钟"),
    )

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
        trust = row.get("trust", {})
        return {
            **row,
            "sources": row.get("from", []),
            "trust_level": str(trust.get("level", "")),
            "trust_minutes": trust.get("minutes"),
        }

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
        shown = {"code", "label", "from", "to", "who", "outcomes", "trust"}
        row = kept({key: given[key] for key in ("code", "label", "to")})
        row |= {"from": given["sources"], "who": given["who"]} | kept({"outcomes": outcomes})
        if given["trust_level"]:
            minutes = given["trust_minutes"] or TRUST_MINUTES
            row["trust"] = {"level": int(given["trust_level"]), "minutes": minutes}
        return {**others(self.before, shown), **row}


class ClockForm(RowForm):
    section, key = "clocks", "name"
    label = text_field(gettext_lazy("名称"), 40, required=True)
    main = forms.BooleanField(
        label=gettext_lazy("主时限"),
        required=False,
        help_text=gettext_lazy("案件上显示的到期时间取自它，延期也加在它上面"),
    )
    set_by = forms.ChoiceField(
        label=gettext_lazy("时长"),
        choices=[("fixed", gettext_lazy("固定")), ("dispatch", gettext_lazy("由派单确定"))],
    )
    amount = amount_field(gettext_lazy("数量（由派单确定时为默认值）"))
    unit = unit_field(gettext_lazy("单位"))
    starts = boxes(gettext_lazy("开始于"), required=True)
    stops = boxes(gettext_lazy("停止于"))
    pauses = forms.MultipleChoiceField(
        label=gettext_lazy("在这些类别的状态中暂停"),
        required=False,
        choices=StateCategory,
        widget=forms.CheckboxSelectMultiple,
    )
    yellow_amount = amount_field(gettext_lazy("到期前多久黄牌提醒"))
    yellow_unit = unit_field(gettext_lazy("单位"))
    red = forms.BooleanField(label=gettext_lazy("到期红牌督办"), required=False)
    name = code_field()

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
