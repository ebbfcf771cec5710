"""What people did to a table, in words, from the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit import selectors as audit
from apps.rules.models import RuleTable

# action -> sentence, level and icon of the timeline; saving a draft is too small to tell.
_DEEDS: dict[str, tuple[Any, str, str]] = {
    "rule_table.created": (gettext_lazy("建立规则表"), "rest", "plus"),
    "rule_version.submitted": (gettext_lazy("提交第%(number)s版复核"), "action", "send"),
    "rule_version.sent_back": (gettext_lazy("退回第%(number)s版修改"), "soon", "arrow-back-up"),
    "rule_version.published": (gettext_lazy("复核并发布第%(number)s版"), "done", "rubber-stamp"),
    "rule_version.retired": (gettext_lazy("停用第%(number)s版"), "over", "ban"),
    "rule_version.rolled_back": (
        gettext_lazy("把第%(to)s版作为第%(number)s版提交复核"),
        "soon",
        "history",
    ),
    "rule_version.restored": (
        gettext_lazy("立即恢复第%(to)s版，成为第%(number)s版"),
        "soon",
        "history",
    ),
    "rule_table.failed": (gettext_lazy("第%(number)s版不能作出决定"), "over", "alert-triangle"),
}


@dataclass(frozen=True)
class Deed:
    """One line of a table's history, as the timeline shows it."""

    title: str
    actor: str
    at: datetime
    text: str
    level: str
    icon: str


def list_history(table: RuleTable, *, limit: int = 20) -> list[Deed]:
    """Will give who submitted, published, retired or restored what, newest first."""
    entries = audit.list_history(object_type="rule_table", object_id=str(table.pk))
    return [
        _told(entry.action, entry.data, entry.actor_name, entry.at)
        for entry in entries.filter(action__in=_DEEDS)[:limit]
    ]


def _told(action: str, data: dict[str, Any], actor: str, at: datetime) -> Deed:
    sentence, level, icon = _DEEDS[action]
    shown = {"number": data.get("number", "?"), "to": data.get("to", "?")}
    text = str(data.get("reason") or data.get("note") or data.get("why") or "")
    start = data.get("effective_from")
    if start and datetime.fromisoformat(start) > at:
        text = f"{_('定时生效')} {text}".strip()
    return Deed(str(sentence) % shown, actor, at, text, level, icon)
