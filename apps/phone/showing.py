"""What was typed on a phone, as lines a person can read, whatever kind of deed it was."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _


def shown_values(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Will give name and text of every value; one inside another by the names on the way."""
    return list(_lines(values, ""))


def _lines(values: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        label = f"{above}{_label(name)}"
        if isinstance(value, Mapping):
            yield from _lines(value, f"{label} · ")
        elif isinstance(value, list):
            yield label, "、".join(str(one) for one in value)
        elif isinstance(value, bool):
            yield label, _("是") if value else _("否")
        elif value not in (None, ""):
            yield label, str(value)


def _label(name: str) -> str:
    known = {
        "text": _("内容"),
        "title": _("标题"),
        "note": _("备注"),
        "address": _("地点"),
        "result": _("现场情况"),
        "verdict": _("结论"),
        "finding": _("发现"),
        "class_code": _("类别代码"),
        "kind": _("类别"),
    }
    return known.get(name, name)
