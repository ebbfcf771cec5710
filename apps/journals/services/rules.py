"""Rules over lines: written by people, looked at every minute, alarms while they hold (OP-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm, silence_alarm
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.journals import permissions
from apps.journals.models import Host, Line, LineRule
from apps.journals.selectors import lines_matching
from apps.nlp.search import query_literal
from apps.places.models import Area

MATCHED = "log_matched"
COUNT_MAX, MINUTES_MAX = 100_000, 1_440
_TOLD = (
    "name", "area_id", "words", "host_id", "program", "level", "count", "minutes", "alarm_level",
    "is_active",
)  # fmt: skip


@dataclass(frozen=True)
class RuleSpec:
    """A rule as it shall be; see ``LineRule``."""

    name: str
    area: Area
    words: str
    count: int
    minutes: int
    level: int = 7
    alarm_level: int = Level.YELLOW
    host: Host | None = None
    program: str = ""
    is_active: bool = True


@transaction.atomic
def save_rule(actor: User, *, spec: RuleSpec, rule_id: int | None = None) -> LineRule:
    """Will write a rule, new or over the one given; audited with both sides. Locks the rule.

    Taken out of use, whether its trouble stands is unknown. Raises: NotFound; NotAllowed;
    InvalidInput (fields "name", "words", "count", "minutes").
    """
    rule = _locked(actor, rule_id) if rule_id is not None else LineRule(by_name=actor.display_name)
    permissions.require_keep(actor, spec.area)
    _check(spec, rule)
    before = audit.snapshot(rule, *_TOLD)
    for name in ("name", "area", "words", "count", "minutes", "level", "alarm_level", "host",
                 "program", "is_active"):  # fmt: skip
        setattr(rule, name, getattr(spec, name))
    if before and before == audit.snapshot(rule, *_TOLD):
        return rule
    if rule.is_standing:
        text = _("规则已修改，待重新判断。")
        silence_alarm(**_subject(rule), at=clock.now(), sentence=text)
        rule.is_standing = False
    rule.save()
    after = audit.snapshot(rule, *_TOLD)
    audit.record(
        actor, "line_rule.changed" if before else "line_rule.created", object_type="journals.rule",
        object_id=rule.pk, object_label=rule.name, data=audit.changes(before, after),
    )  # fmt: skip
    return rule


def watch_lines(*, now: datetime | None = None) -> int:
    """Will look at every rule in use and raise or end its alarm; gives how many hold now."""
    now = now or clock.now()
    ids = list(LineRule.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
    return sum(_watch(rule_id, now) for rule_id in ids)


@transaction.atomic
def _watch(rule_id: int, now: datetime) -> bool:
    """One rule, skipped while another worker looks at it."""
    found = LineRule.objects.select_for_update(of=("self",), skip_locked=True)
    rule = found.select_related("area", "host__asset").filter(pk=rule_id, is_active=True).first()
    if rule is None:
        return False
    since = now - timedelta(minutes=rule.minutes)
    lines = lines_matching(
        Line.objects.filter(at__gt=since, at__lte=now),
        words=rule.words, program=rule.program, level=rule.level,
        hosts=[rule.host_id] if rule.host_id else _hosts_in(rule.area),
    )  # fmt: skip
    seen = lines[: rule.count * 10].count()
    holds = seen >= rule.count
    told = {"minutes": rule.minutes, "seen": seen, "words": rule.words, "count": rule.count}
    if holds:
        raise_alarm(
            **_subject(rule), level=Level(rule.alarm_level), at=now, title=rule.name, facts=told,
            sentence=_(
                "%(minutes)d 分钟内有 %(seen)d 条日志含“%(words)s”，达到 %(count)d 条。"
            ) % told,
        )  # fmt: skip
    elif rule.is_standing:
        text = _("%(minutes)d 分钟内含“%(words)s”的日志降为 %(seen)d 条。") % told
        recover_alarm(**_subject(rule), at=now, sentence=text)
    if holds != rule.is_standing:
        rule.is_standing = holds
        rule.save(update_fields=["is_standing"])
    return holds


def _subject(rule: LineRule) -> dict[str, Any]:
    asset = rule.host.asset if rule.host is not None else None
    return {
        "source": Source.EQUIPMENT, "kind": MATCHED, "asset": asset, "key": f"line-rule:{rule.pk}",
    }  # fmt: skip


def _hosts_in(area: Area) -> list[int]:
    found = Host.objects.filter(area__path__startswith=area.path)
    return list(found.values_list("pk", flat=True))


def _locked(actor: User, rule_id: int) -> LineRule:
    found = LineRule.objects.select_for_update(of=("self",)).select_related("area", "host__asset")
    rule = found.filter(permissions.ground_q(actor), pk=rule_id).first()
    if rule is None:
        raise NotFound(_("没有这条日志规则"))
    permissions.require_keep(actor, rule.area)
    return rule


def _check(spec: RuleSpec, rule: LineRule) -> None:
    try:
        query_literal(spec.words)
    except InvalidInput as error:
        raise InvalidInput(str(error), field="words") from error
    for name, most in (("count", COUNT_MAX), ("minutes", MINUTES_MAX)):
        if not 1 <= getattr(spec, name) <= most:
            raise InvalidInput(_("须为 1 到 %d 的整数") % most, field=name)
    same = LineRule.objects.filter(area=spec.area, name=spec.name).exclude(pk=rule.pk)
    if not spec.name.strip() or same.exists():
        raise InvalidInput(_("请填写名称；同一区域内规则不能重名"), field="name")
    if spec.host is not None and not _covers(spec.area, spec.host):
        raise InvalidInput(_("该主机不在规则的区域内"), field="host")


def _covers(area: Area, host: Host) -> bool:
    return host.area is not None and host.area.path.startswith(area.path)
