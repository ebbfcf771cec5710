"""Reading what a listener is to do, before it is kept (RU-03). ``effect_data`` by kind:

notify  {to: NotifyTo, permission, organization, title, body}
open    {matter, title, text, keep_place, keep_class, mapping: [{to, from | value}]}
act     {link: LinkWay, action, text}

A draft may be incomplete; what it names must exist. ``trouble_of`` says what is missing.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.common.errors import InvalidInput
from apps.matters.enums import EffectKind, LinkWay, NotifyTo
from apps.matters.mapping import SOURCES, TARGETS
from apps.matters.models import Listener
from apps.matters.selectors.listeners import published_matters, system_actions
from apps.matters.selectors.surroundings import list_rights
from apps.matters.services.opening import TEXT_MAX, TITLE_MAX

MOST_ROWS = 50  # of a mapping
_VALUE_MAX = 500


def accept_effect(kind: EffectKind, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Will give the effect as it is stored: every key there, nothing unknown.

    Raises: InvalidInput; field is the kind and the key: "open.matter".
    """
    readers = {EffectKind.NOTIFY: _notify, EffectKind.OPEN: _open, EffectKind.ACT: _act}
    return readers[EffectKind(kind)](raw)


def trouble_of(listener: Listener) -> tuple[str, str]:
    """Will say what keeps an effect from being whole: (field, sentence); empty when nothing."""
    data, kind = listener.effect_data, EffectKind(listener.effect)
    needed = {
        EffectKind.NOTIFY: {"to": _("请选择通知对象"), "title": _("请填写通知标题")},
        EffectKind.OPEN: {
            "matter": _("请选择要登记的事项"),
            "title": _("请填写新案件的标题"),
            "text": _("请填写新案件的内容"),
        },
        EffectKind.ACT: {"link": _("请选择对哪些案件执行"), "action": _("请选择要执行的操作")},
    }[kind]
    for name, words in needed.items():
        if not data.get(name):
            return f"{kind}.{name}", words
    to = data.get("to", "")
    if kind == EffectKind.NOTIFY and to != NotifyTo.UNIT and not data.get(to):
        return f"{kind}.{to}", _("请选择通知对象")
    return "", ""


def _notify(raw: Mapping[str, Any]) -> dict[str, Any]:
    organization = _text(raw, "notify", "organization", 60)
    if organization and not Organization.objects.filter(code=organization, is_active=True).exists():
        raise InvalidInput(
            _("没有代码为“%s”的在用单位") % organization, field="notify.organization"
        )
    return {
        "to": _one_of(raw, "notify", "to", NotifyTo.values),
        "permission": _one_of(raw, "notify", "permission", list_rights()),
        "organization": organization,
        "title": _text(raw, "notify", "title", TITLE_MAX),
        "body": _text(raw, "notify", "body", TEXT_MAX),
    }


def _open(raw: Mapping[str, Any]) -> dict[str, Any]:
    matters = {matter.code: matter for matter in published_matters()}
    code = _one_of(raw, "open", "matter", matters)
    form = matters[code].definition.form.get("fields", []) if code else []
    targets = {*TARGETS, *(f"form.{entry['name']}" for entry in form)}
    return {
        "matter": code,
        "title": _text(raw, "open", "title", TITLE_MAX),
        "text": _text(raw, "open", "text", TEXT_MAX),
        "keep_place": bool(raw.get("keep_place")),
        "keep_class": bool(raw.get("keep_class")),
        "mapping": _mapping(raw.get("mapping", []), targets),
    }


def _mapping(rows: Any, targets: Collection[str]) -> list[dict[str, str]]:
    is_list = isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows)
    if not is_list or len(rows) > MOST_ROWS:
        raise InvalidInput(_("字段对应最多%s行") % MOST_ROWS, field="open.mapping")
    read: list[dict[str, str]] = []
    for row in rows:
        to, source = str(row.get("to", "")), str(row.get("from", ""))
        if to not in targets:
            raise InvalidInput(_("所选事项没有字段“%s”") % to, field="open.mapping")
        if to in {done["to"] for done in read}:
            raise InvalidInput(_("字段“%s”填了两次") % to, field="open.mapping")
        if source and source not in SOURCES and not source.startswith("form."):
            raise InvalidInput(_("案件没有字段“%s”") % source, field="open.mapping")
        value = str(row.get("value", ""))
        if bool(source) == bool(value):
            raise InvalidInput(_("每行请选择一个来源字段，或填写固定内容"), field="open.mapping")
        if len(value) > _VALUE_MAX:
            raise InvalidInput(_("固定内容最长%s字") % _VALUE_MAX, field="open.mapping")
        read.append({"to": to, "from": source} if source else {"to": to, "value": value})
    return read


def _act(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "link": _one_of(raw, "act", "link", LinkWay.values),
        "action": _one_of(raw, "act", "action", dict(system_actions())),
        "text": _text(raw, "act", "text", TEXT_MAX),
    }


def _one_of(raw: Mapping[str, Any], kind: str, name: str, known: Collection[str]) -> str:
    value = str(raw.get(name, "") or "")
    if value and value not in known:
        raise InvalidInput(_("“%s”不在可选范围内") % value, field=f"{kind}.{name}")
    return value


def _text(raw: Mapping[str, Any], kind: str, name: str, most: int) -> str:
    text = str(raw.get(name, "") or "").strip()
    if len(text) > most:
        raise InvalidInput(_("最长%s字") % most, field=f"{kind}.{name}")
    return text
