"""A listener as one plain sentence: when what happens, and if, then what (RU-03)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import DomainError
from apps.matters.enums import EffectKind, LinkWay, NotifyTo
from apps.matters.listening_vocabulary import LISTEN
from apps.matters.models import Listener
from apps.matters.selectors.listeners import pattern_choices, system_actions
from apps.matters.selectors.surroundings import list_rights
from apps.rules import services as rules
from apps.rules.registry import get_vocabulary

_MOST_NAMED = 6


@dataclass(frozen=True)
class Words:
    """The labels of what patterns and effects name; read once for a page of listeners."""

    matters: Mapping[str, str]
    states: Mapping[str, str]
    categories: Mapping[str, str]
    actions: Mapping[str, str]
    orders: Mapping[str, str]
    rights: Mapping[str, str]
    units: Mapping[str, str]


def read_words() -> Words:
    """Will read every label a sentence may need."""
    choices = pattern_choices()
    vocabulary = get_vocabulary(LISTEN)
    units = vocabulary.fact_by_code["unit"].choices
    return Words(
        matters=dict(choices["matters"]),
        states={
            code: _("%(matter)s·%(state)s") % {"matter": matter, "state": label}
            for matter, group in choices["states"]
            for code, label in group
        },
        categories={code: str(label) for code, label in choices["categories"]},
        actions=dict(choices["actions"]),
        orders=dict(system_actions()),
        rights=list_rights(),
        units={str(code): str(label) for code, label in units()} if units else {},
    )


def sentence_of(listener: Listener, words: Words) -> str:
    """Will tell a listener: "当“民生诉求”的案件“受理”时，若…，就通知…。"."""
    parts = {
        "when": pattern_text(listener.pattern, words),
        "if": condition_text(listener.condition),
        "then": effect_text(listener, words),
    }
    if listener.condition:
        return _("当%(when)s，且%(if)s时，%(then)s。") % parts
    return _("当%(when)s时，%(then)s。") % parts


def pattern_text(pattern: Mapping[str, Any], words: Words) -> str:
    """Will say which events are waited for: "“民生诉求”的案件发生“受理”"."""
    subject = _("案件") if pattern.get("states") else _("任何事项的案件")
    if matters := pattern.get("matters"):
        subject = _("%s的案件") % _quoted(matters, words.matters)
    deeds = []
    if actions := pattern.get("actions"):
        deeds.append(_("发生%s") % _quoted(actions, words.actions))
    if states := pattern.get("states"):
        deeds.append(_("进入%s状态") % _quoted(states, words.states))
    if categories := pattern.get("categories"):
        deeds.append(_("转入%s类状态") % _quoted(categories, words.categories))
    return subject + (_("并").join(deeds) or _("有任何变化"))


def condition_text(condition: Mapping[str, Any]) -> str:
    """Will say what a condition asks, or that it cannot be read any more; "" without one."""
    if not condition:
        return ""
    try:
        return rules.parse_condition(get_vocabulary(LISTEN), condition).text()
    except DomainError as error:
        return _("条件无法判断：%s") % error


def effect_text(listener: Listener, words: Words) -> str:
    """Will say what is done: "登记一件“协同处置”"."""
    data = listener.effect_data
    if listener.effect == EffectKind.NOTIFY:
        return _("通知%(who)s：“%(title)s”") % {
            "who": _audience(data, words),
            "title": data.get("title") or "—",
        }
    if listener.effect == EffectKind.OPEN:
        code = data.get("matter", "")
        name = words.matters.get(code, code) or "—"
        return _("登记一件“%s”") % name
    ways = dict(LinkWay.choices)
    action = data.get("action", "")
    return _("由系统对%(link)s办理“%(action)s”") % {
        "link": ways.get(data.get("link", ""), "—"),
        "action": words.orders.get(action, action) or "—",
    }


def _audience(data: Mapping[str, Any], words: Words) -> str:
    if data.get("to") == NotifyTo.UNIT:
        return _("案件的承办单位")
    if data.get("to") == NotifyTo.ORGANIZATION:
        code = data.get("organization", "")
        return _("“%s”的承办人员") % (words.units.get(code, code) or "—")
    code = data.get("permission", "")
    return _("有“%s”权限的人员") % (words.rights.get(code, code) or "—")


def _quoted(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    named = [f"“{labels.get(code, code)}”" for code in codes[:_MOST_NAMED]]
    if len(codes) > _MOST_NAMED:
        return _("%(first)s等%(count)s项") % {"first": "".join(named), "count": len(codes)}
    return _("或").join(named)
