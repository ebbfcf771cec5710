"""What sources tell: trouble began, goes on, is over, or can no longer be seen.

Called by every app that watches something. No person acts here, so no right is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant
from apps.alarms.enums import AlarmState, EventKind, Level
from apps.alarms.models import Alarm
from apps.alarms.registry import kind_label, kind_of
from apps.alarms.services._shared import (
    follow_level,
    order_case,
    stop_clock,
    tell_pages,
    tell_people,
    write_event,
)
from apps.alarms.services.quiet import after_end, settle
from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.places.models import Area

SENTENCE_MAX = 500


@dataclass(frozen=True)
class _Place:
    """Whose an alarm is and where."""

    tenant: Tenant
    area: Area | None
    unit: Organization | None
    point: Point | None


@transaction.atomic
def raise_alarm(
    *,
    source: str,
    kind: str,
    asset: Asset | None,
    level: Level,
    key: str = "",
    at: datetime,
    sentence: str,
    facts: dict[str, Any],
    rule: str = "",
    rule_version: int = 0,
    title: str = "",
    unit: Organization | None = None,
    count: int = 1,
    matter: str = "",
) -> Alarm:
    """Will raise an alarm, or count it where the same trouble stands already.

    at: when it happened, by the source's clock. sentence: why, for people, at most 500
    characters. level: a repeat may change it. title: what it is called; default the name of
    the kind. unit: who answers where there is no asset. count: so many reports at once.
    matter: code of the matter a case is to be opened of, when somebody is troubled with it. A
    report of a moment at which the last such alarm had not ended yet comes late and raises
    nothing: that alarm is given. Locks the open alarm; pages and people hear after commit.

    Raises: InvalidInput (at without zone; neither asset nor key).
    Source: AL-01, AL-03.
    """
    _require(asset, key, at)
    subject = subject_of(asset, key)
    found = _open(source, kind, subject)
    if found is None:
        late = _ended_after(source, kind, subject, at)
        if late is not None:
            return late
        found = _begin(
            source=source, kind=kind, asset=asset, key=key, subject=subject, level=Level(level),
            level_at=at, count=count, first_at=at, last_at=at, sentence=sentence[:SENTENCE_MAX],
            facts=facts, rule=rule, rule_version=rule_version, unit=unit, matter=matter,
            title=(title or kind_label(kind))[:120],
        )  # fmt: skip
        if found is not None:
            return found
        found = _open(source, kind, subject)
        assert found is not None  # somebody else raised it just now and has committed
    _repeat(found, at=at, level=Level(level), sentence=sentence, facts=facts, count=count)
    if matter and not found.matter:
        found.matter = matter
        found.save(update_fields=["matter"])
        if not found.is_quiet:
            order_case(found)
    elif not found.matter and not found.is_quiet:
        order_case(found)  # what its kind means may have been switched on since it was raised
    return found


@transaction.atomic
def recover_alarm(
    *, source: str, kind: str, asset: Asset | None, key: str = "", at: datetime, sentence: str
) -> Alarm | None:
    """Will end the open alarm of this subject, because its source says it is over.

    None where none is open, or where it was reported again after ``at``: a recovery that comes
    late ends nothing. Locks the alarm. Raises: InvalidInput (at without zone; no subject).
    """
    _require(asset, key, at)
    alarm = _open(source, kind, subject_of(asset, key))
    if alarm is None or at < alarm.last_at:
        return None
    end_alarm(alarm, AlarmState.RECOVERED, at=at, text=sentence)
    return alarm


@transaction.atomic
def silence_alarm(
    *, source: str, kind: str, asset: Asset | None, key: str = "", at: datetime, sentence: str
) -> Alarm | None:
    """Will note that nobody can say any more whether this trouble stands: it is unknown.

    Never a recovery. None where no alarm is open. Locks the alarm.
    """
    _require(asset, key, at)
    alarm = _open(source, kind, subject_of(asset, key))
    if alarm is not None and alarm.state == AlarmState.ACTIVE:
        alarm.state = AlarmState.UNKNOWN
        alarm.save(update_fields=["state"])
        write_event(alarm, EventKind.SILENT, at=at, text=sentence)
        tell_pages(alarm)
    return alarm


@transaction.atomic
def hear_alarm(
    *, source: str, kind: str, asset: Asset | None, key: str = "", at: datetime, sentence: str
) -> Alarm | None:
    """Will note that a silent source is heard again; its trouble stands until it says otherwise.

    None where no alarm is open. Locks the alarm.
    """
    _require(asset, key, at)
    alarm = _open(source, kind, subject_of(asset, key))
    if alarm is not None and alarm.state == AlarmState.UNKNOWN:
        alarm.state = AlarmState.ACTIVE
        alarm.save(update_fields=["state"])
        write_event(alarm, EventKind.HEARD, at=at, text=sentence)
        tell_pages(alarm)
    return alarm


def end_alarm(alarm: Alarm, state: AlarmState, *, at: datetime, text: str = "") -> None:
    """Will end an alarm the caller has locked; the source said so."""
    alarm.state, alarm.ended_at, alarm.shelved_until = state, at, None
    alarm.escalate_at = None
    alarm.save(update_fields=["state", "ended_at", "shelved_until", "escalate_at"])
    write_event(alarm, EventKind.RECOVERED, at=at, text=text)
    stop_clock(alarm, outcome="recovered")
    after_end(alarm)
    tell_pages(alarm)


def subject_of(asset: Asset | None, key: str) -> str:
    """Will give what an alarm is about as one word."""
    parts = [f"asset:{asset.pk}"] if asset is not None else []
    return ":".join([*parts, f"key:{key}"] if key else parts)


def _require(asset: Asset | None, key: str, at: datetime) -> None:
    if at.tzinfo is None:
        raise InvalidInput(_("时间缺少时区"), field="at")
    if asset is None and not key:
        raise InvalidInput(_("告警缺少对象"), field="key")
    if len(key) > 120:
        raise InvalidInput(_("对象标识不得超过120个字符"), field="key")


def _open(source: str, kind: str, subject: str) -> Alarm | None:
    return (
        Alarm.objects.select_for_update(of=("self",))
        .select_related("tenant", "area", "unit", "asset")
        .filter(source=source, kind=kind, subject=subject, ended_at__isnull=True)
        .first()
    )


def _ended_after(source: str, kind: str, subject: str, at: datetime) -> Alarm | None:
    last = Alarm.objects.filter(source=source, kind=kind, subject=subject)
    return last.filter(ended_at__gt=at).order_by("-ended_at").first()


def _begin(
    *, asset: Asset | None, key: str, unit: Organization | None, **said: Any
) -> Alarm | None:
    """None where somebody else raised it at the same moment."""
    place = _place_of(asset, unit)
    alarm = Alarm(
        tenant=place.tenant, asset=asset, key=key, about=(asset.name if asset else key)[:120],
        area=place.area, area_path=place.area.path if place.area else "",
        unit=place.unit, unit_path=place.unit.path if place.unit else "", point=place.point,
        raised_at=clock.now(), is_outage=kind_of(said["kind"]).is_outage, **said,
    )  # fmt: skip
    try:
        with transaction.atomic():
            alarm.save()
    except IntegrityError as error:
        if "alarm_open_once" not in str(error):
            raise
        return None
    write_event(
        alarm, EventKind.RAISED, at=alarm.first_at, text=alarm.sentence, level=int(alarm.level),
        facts=alarm.facts,
    )  # fmt: skip
    settle(alarm)
    tell_pages(alarm)
    return alarm


def _place_of(asset: Asset | None, unit: Organization | None) -> _Place:
    if asset is None:
        tenant = unit.tenant if unit is not None else _home(None)
        area = unit.area if unit is not None and unit.area is not None else tenant.area
        return _Place(tenant, area, unit, None)
    answers = unit or asset.maintainer or asset.owner_unit
    tenant = answers.tenant if answers is not None else _home(asset.area)
    return _Place(tenant, asset.area or tenant.area, answers, asset.point)


def _home(area: Area | None) -> Tenant:
    """The body whose ground it is, the smallest that holds the area; else the first body."""
    bodies = list(Tenant.objects.select_related("area").order_by("pk"))
    if not bodies:
        raise InvalidInput(_("系统中还没有租户"), field="asset")
    holding = [
        body
        for body in bodies
        if area is not None and body.area is not None and area.path.startswith(body.area.path)
    ]
    return max(
        holding, key=lambda body: len(body.area.path if body.area else ""), default=bodies[0]
    )


def _repeat(
    alarm: Alarm, *, at: datetime, level: Level, sentence: str, facts: dict[str, Any], count: int
) -> None:
    alarm.count += count
    alarm.first_at = min(alarm.first_at, at)
    changed = ["count", "first_at"]
    if at >= alarm.last_at:
        alarm.last_at, alarm.sentence, alarm.facts = at, sentence[:SENTENCE_MAX], facts
        changed += ["last_at", "sentence", "facts"]
        if alarm.state == AlarmState.UNKNOWN:
            alarm.state = AlarmState.ACTIVE
            changed.append("state")
            write_event(alarm, EventKind.HEARD, at=at, text=sentence)
        if alarm.level != level:
            changed += _move_level(alarm, level, at=at)
    alarm.save(update_fields=changed)
    if len(changed) > 5:
        tell_pages(alarm)


def _move_level(alarm: Alarm, level: Level, *, at: datetime) -> list[str]:
    before, alarm.level, alarm.level_at = Level(alarm.level), level, at
    write_event(
        alarm, EventKind.LEVEL, at=at, text=alarm.sentence, before=int(before), after=int(level),
        facts=alarm.facts,
    )  # fmt: skip
    follow_level(alarm)
    if level > before and not alarm.is_quiet:
        order_case(alarm)  # the table of types may want one from this level on
        if alarm.acknowledged_at is None:
            tell_people(alarm)
    return ["level", "level_at"]
