"""Alarms of what is watched: one where one thing is broken. Source: AL-03, OP-20.

Of a thing that is out there is one alarm; what its checks and figures raised before is unknown
meanwhile. Kinds are named in ``apps.MonitoringConfig``.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.services import hear_alarm, raise_alarm, recover_alarm, silence_alarm
from apps.monitoring.enums import Breach, TargetKind
from apps.monitoring.models import Check, Measure, Target
from apps.monitoring.wording import figure

DOWN, FAILED, LIMIT, CAPACITY = "unreachable", "check_failed", "limit_passed", "capacity_asked"
EVENT = "machine_event"
#: So many failures in a row are an outage; a check that fails alone is told then too.
FAILURES = 3
_SOURCES = {
    TargetKind.RECORDER: Source.VIDEO,
    TargetKind.DECODER: Source.VIDEO,
    TargetKind.VIDEO: Source.VIDEO,
    TargetKind.DATABASE: Source.SERVICE,
    TargetKind.MIDDLEWARE: Source.SERVICE,
    TargetKind.SERVICE: Source.SERVICE,
}
_LEVELS = {Breach.WARN: Level.YELLOW, Breach.CRITICAL: Level.ORANGE}


def source_of(target: Target) -> Source:
    """Will give which of the alarm centre's sources a thing belongs to."""
    return _SOURCES.get(TargetKind(target.kind), Source.EQUIPMENT)


def raise_down(target: Target, worst: Check, *, began: datetime, at: datetime) -> None:
    """Will raise that a thing is out."""
    told = {
        "name": target.asset.name, "n": worst.failures, "check": worst.name, "why": worst.problem,
    }  # fmt: skip
    raise_alarm(
        source=source_of(target), kind=DOWN, asset=target.asset, level=Level.ORANGE, at=began,
        sentence=_("“%(name)s”连续 %(n)d 次检查无应答（%(check)s：%(why)s）。") % told,
        facts={"failures": worst.failures, "error": worst.problem, "host": target.host},
    )  # fmt: skip
    for check in target.checks.prefetch_related("measures"):
        _forget(target, check, at, _("对象中断，无法判断是否恢复。"))


def recover_down(target: Target, *, at: datetime) -> None:
    """Will end it: the thing answers again."""
    recover_alarm(
        source=source_of(target), kind=DOWN, asset=target.asset, at=at,
        sentence=_("“%(name)s”恢复应答。") % {"name": target.asset.name},
    )  # fmt: skip


def follow_check(
    target: Target, check: Check, *, failed_before: int, is_down: bool, at: datetime
) -> None:
    """Will raise and end what is about a single check of a thing that is there."""
    source, asset, key = source_of(target), target.asset, _key(check)
    if check.hindrance:
        text = check.hindrance
        silence_alarm(source=source, kind=FAILED, asset=asset, key=key, at=at, sentence=text)
    elif failed_before and not check.failures:
        text = _("检查恢复正常。")
        recover_alarm(source=source, kind=FAILED, asset=asset, key=key, at=at, sentence=text)
    elif check.failures == FAILURES and not is_down:
        told = {"check": check.name, "n": check.failures, "why": check.problem}
        raise_alarm(
            source=source, kind=FAILED, asset=asset, key=key, level=Level.YELLOW, at=at,
            sentence=_("检查项“%(check)s”连续 %(n)d 次失败：%(why)s。") % told,
            facts={"failures": check.failures, "error": check.problem},
        )  # fmt: skip


def follow_limit(
    target: Target, check: Check, measure: Measure, *, before: int, at: datetime
) -> None:
    """Will raise, change or end the alarm of a figure whose limit was passed."""
    kind = CAPACITY if measure.asks_capacity else LIMIT
    source, key = source_of(target), _key(check, measure)
    assert measure.value is not None  # it was measured just now
    value = figure(measure.value, measure.unit)
    told = {"measure": measure.name, "value": value}
    if not measure.breach:
        sentence = _("%(measure)s为 %(value)s，已回到限值以内。") % told
        recover_alarm(
            source=source, kind=kind, asset=target.asset, key=key, at=at, sentence=sentence
        )
        return
    if measure.breach == before:
        sentence = _("%(measure)s为 %(value)s，仍超限。") % told
        hear_alarm(source=source, kind=kind, asset=target.asset, key=key, at=at, sentence=sentence)
        return
    limit = measure.critical if measure.breach == Breach.CRITICAL else measure.warn
    assert limit is not None  # it was passed
    told["limit"] = figure(limit, measure.unit)
    raise_alarm(
        source=source, kind=kind, asset=target.asset, key=key,
        level=_LEVELS[Breach(measure.breach)], at=at, sentence=_sentence(measure, told),
        facts={"value": measure.value, "limit": limit, "lasting_s": measure.lasting_s},
    )  # fmt: skip


def _sentence(measure: Measure, told: dict[str, str]) -> str:
    said = (
        _("%(measure)s为 %(value)s，低于 %(limit)s") if measure.is_below
        else _("%(measure)s为 %(value)s，超过 %(limit)s")
    ) % told  # fmt: skip
    if measure.lasting_s:
        said += _("，已持续 %d 秒") % measure.lasting_s
    return said + (_("，请评估扩容。") if measure.asks_capacity else _("。"))


def lose_sight(target: Target, *, at: datetime) -> None:
    """Will note that nobody asks any more: whether any trouble stands is unknown."""
    text = _("已停止监控，无法判断是否恢复。")
    for kind in (DOWN, EVENT):
        silence_alarm(source=source_of(target), kind=kind, asset=target.asset, at=at, sentence=text)
    for check in target.checks.prefetch_related("measures"):
        _forget(target, check, at, text)


def lose_sight_of_check(target: Target, check: Check, *, at: datetime) -> None:
    """Will note that this check is made no more."""
    _forget(target, check, at, _("检查项已停用，无法判断是否恢复。"))


def _forget(target: Target, check: Check, at: datetime, text: str) -> None:
    source, asset = source_of(target), target.asset
    silence_alarm(source=source, kind=FAILED, asset=asset, key=_key(check), at=at, sentence=text)
    for measure in check.measures.all():
        if measure.breach:
            kind = CAPACITY if measure.asks_capacity else LIMIT
            key = _key(check, measure)
            silence_alarm(source=source, kind=kind, asset=asset, key=key, at=at, sentence=text)
    for row in check.parts:
        if row["trouble"]:
            key = part_key(check, row["name"])
            silence_alarm(
                source=source, kind=row["trouble"], asset=asset, key=key, at=at, sentence=text
            )


def part_key(check: Check, name: str) -> str:
    """Will give what an alarm of a part of this check is about."""
    return f"check:{check.pk}:{name}"[:120]


def _key(check: Check, measure: Measure | None = None) -> str:
    return f"check:{check.pk}" + (f":{measure.code}" if measure is not None else "")
