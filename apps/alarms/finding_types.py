"""What an alarm is probably about: the table ``finding-type`` proposes a class and a matter.

The table is data like every other: written, tested, replayed and put in force by two people.
Without it alarms become cases as their rule or a person says, without a proposed class.
Source: MT-21, RU-01.
"""

import logging
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.alarms.enums import Level, Source
from apps.alarms.models import Alarm, AlarmRule
from apps.alarms.registry import all_kinds
from apps.alarms.selectors import visible_alarms
from apps.assets.models import AssetClass
from apps.common import clock, dictionaries
from apps.common.errors import DomainError
from apps.common.memory import Memory
from apps.matters.enums import Service
from apps.matters.registry import CLASS_DICTIONARY
from apps.matters.selectors import matters_open_to, visible_cases
from apps.rules import selectors as rules
from apps.rules import services as deciding
from apps.rules.models import Decision
from apps.rules.registry import (
    Fact,
    FactType,
    Output,
    OutputType,
    SubjectKind,
    Vocabulary,
    register_subject,
    register_vocabulary,
)

logger = logging.getLogger(__name__)

TABLE, VOCABULARY, SUBJECT = "finding-type", "alarms.finding", "alarm"
_is_there: Memory[bool] = Memory(of=("rules.RuleTable", "rules.RuleTableVersion"))


def register() -> None:
    """Will make the vocabulary and the alarm as a subject of decisions known."""
    register_subject(
        SubjectKind(
            code=SUBJECT,
            label=_("告警"),
            can_view=_may_view,
            url=lambda pk: reverse("alarms:alarm-detail", args=[int(pk)]),
        )
    )
    register_vocabulary(
        Vocabulary(
            code=VOCABULARY,
            label=_("智能发现的类型"),
            facts=(
                Fact("source", _("来源"), FactType.CODE, choices=lambda: Source.choices),
                Fact("kind", _("告警类别"), FactType.CODE, choices=_kinds),
                Fact("rule", _("阈值规则"), FactType.CODE, choices=_rules),
                Fact(
                    "level", _("级别（1蓝—4红）"), FactType.NUMBER, whole=True,
                    minimum=min(Level.values), maximum=max(Level.values),
                ),
                Fact("thing", _("部件类别"), FactType.CODE, choices=_things),
                Fact("area", _("区域"), FactType.AREA),
                Fact("text", _("告警原因"), FactType.TEXT),
            ),
            outputs=(
                Output(
                    "class", _("推测分类"), OutputType.CODE, choices=_classes,
                    phrase=_("推测为{value}"),
                ),
                Output(
                    "matter", _("立案事项"), OutputType.CODE, choices=_matters, required=False,
                    phrase=_("按“{value}”立案"),
                ),
            ),
        )
    )  # fmt: skip


def _may_view(viewer: Any, pk: str) -> bool:
    """Who sees the alarm, or works on the case it became, may read why it is taken for this."""
    seen = visible_alarms(viewer).filter(pk=pk).exists()
    return seen or visible_cases(viewer).filter(alarms__pk=pk).exists()


def is_asked() -> bool:
    """Will tell whether the city has such a table in force."""
    return _is_there.get(TABLE, lambda: rules.get_published(TABLE) is not None)


def ask(alarm: Alarm) -> Decision | None:
    """Will let the table decide about an alarm and keep the decision; None: there is no table.

    A table that cannot decide is logged and keeps no alarm from becoming a case.
    """
    if not is_asked():
        return None
    try:
        return deciding.decide(TABLE, facts=facts_of(alarm), subject=f"{SUBJECT}:{alarm.pk}",
                               at=clock.now())  # fmt: skip
    except DomainError:
        logger.exception("the type of an alarm could not be proposed", extra={"alarm": alarm.pk})
        return None


def facts_of(alarm: Alarm) -> dict[str, Any]:
    """Will give what the table may ask for."""
    return {
        "source": alarm.source,
        "kind": alarm.kind,
        "rule": alarm.rule,
        "level": int(alarm.level),
        "thing": alarm.asset.kind.code if alarm.asset is not None else "",
        "area": alarm.area_path,
        "text": alarm.sentence,
    }


def _classes() -> Iterable[tuple[str, str]]:
    return dictionaries.choices(CLASS_DICTIONARY)


def _kinds() -> Iterable[tuple[str, Any]]:
    named = {kind.code: str(kind.label) for kind in all_kinds()}
    for code, name in AlarmRule.objects.order_by("code").values_list("kind", "name"):
        named.setdefault(code, name)
    return list(named.items())


def _rules() -> Iterable[tuple[str, str]]:
    return list(AlarmRule.objects.order_by("code").values_list("code", "name"))


def _things() -> Iterable[tuple[str, str]]:
    return list(AssetClass.objects.order_by("code").values_list("code", "name"))


def _matters() -> Iterable[tuple[str, str]]:
    found = matters_open_to(Service.DISCOVERY).order_by("code")
    return list(found.values_list("code", "name"))
