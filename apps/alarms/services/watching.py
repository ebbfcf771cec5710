"""Rounds of the watchers: what they see is raised, what they no longer see is over.

A watcher that cannot look ends nothing: what it raised is unknown until it can. Whoever opens
the alarm page looks after the rounds themselves, for nothing that beat orders can tell that
beat has stopped. Source: AL-01, AL-03.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Max, Q
from django.utils import translation
from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.models import Alarm, WatchRound
from apps.alarms.registry import Sighting, Standing, Watcher, all_watchers
from apps.alarms.services.life import (
    raise_alarm,
    recover_alarm,
    silence_alarm,
    subject_of,
)
from apps.common import clock
from apps.common.errors import DomainError

logger = logging.getLogger(__name__)

#: Beat orders a round each minute; three missed ones are no accident.
SILENT_AFTER = timedelta(minutes=3)
_BEAT = "beat_silent"


def watch_round() -> int:
    """Will have every watcher look whose turn it is; gives how many looked.

    Safe to run by several workers at once: each watcher's row is taken by one of them.
    """
    looked = 0
    for watcher in all_watchers():
        if _takes_turn(watcher):
            _look(watcher)
            looked += 1
    if looked:
        _beat_is_heard()
    return looked


def look_at_beat() -> Alarm | None:
    """Will raise an alarm where no round was made for three minutes; asked at most twice a minute.

    None where all is well, where nothing was ever watched, or it was asked just now.
    """
    if not cache.add("alarms-beat-asked", 1, timeout=30):
        return None
    last = WatchRound.objects.aggregate(at=Max("looked_at"))["at"]
    now = clock.now()
    if last is None or now - last < SILENT_AFTER:
        return None
    minutes = int((now - last).total_seconds() // 60)
    with translation.override(settings.LANGUAGE_CODE):  # a page's reader may read another one
        return raise_alarm(
            source=Source.PLATFORM, kind=_BEAT, asset=None, key=_("后台定时任务"),
            level=Level.RED, at=now, facts={"silent_minutes": minutes},
            sentence=_("后台定时任务已%d分钟没有执行，时限、派单和告警都可能停滞。") % minutes,
        )  # fmt: skip


def _beat_is_heard() -> None:
    for alarm in Alarm.objects.filter(source=Source.PLATFORM, kind=_BEAT, ended_at=None):
        recover_alarm(
            source=Source.PLATFORM, kind=_BEAT, asset=None, key=alarm.key, at=clock.now(),
            sentence=_("后台定时任务已恢复执行。"),
        )  # fmt: skip


def _takes_turn(watcher: Watcher) -> bool:
    """Whether it is its turn, and nobody else has taken it."""
    now = clock.now()
    WatchRound.objects.get_or_create(code=watcher.code)
    # Beat is never exact to the second: nearly due is due.
    last = now - timedelta(seconds=watcher.every_s * 0.9)
    free = Q(looked_at__isnull=True) | Q(looked_at__lte=last)
    return bool(WatchRound.objects.filter(free, pk=watcher.code).update(looked_at=now))


def _look(watcher: Watcher) -> None:
    standing = _standing(watcher)
    try:
        seen = watcher.look([_as_standing(alarm) for alarm in standing])
    except Exception as error:  # the loop's edge: one that cannot look keeps none from looking
        logger.exception("a watcher cannot look", extra={"watcher": watcher.code})
        row = WatchRound.objects.filter(pk=watcher.code)
        row.filter(failed_at=None).update(failed_at=clock.now())
        row.update(error=type(error).__name__[:100])
        _silence_all(standing, _("自动检查无法进行，状态不明。"))
        return
    with transaction.atomic():
        WatchRound.objects.filter(pk=watcher.code).update(
            text=seen.text[:300], failed_at=None, error=""
        )
        _follow(watcher, standing, seen)


def _standing(watcher: Watcher) -> list[Alarm]:
    found = Alarm.objects.filter(
        source=watcher.source, kind__in=watcher.kinds, ended_at__isnull=True, rule=watcher.code
    )
    return list(found.select_related("asset").order_by("pk"))


def _as_standing(alarm: Alarm) -> Standing:
    return Standing(alarm.kind, alarm.key, alarm.asset_id)


def _follow(watcher: Watcher, standing: Sequence[Alarm], seen: Sighting) -> None:
    now, troubled = clock.now(), set()
    for trouble in seen.troubles:
        troubled.add((trouble.kind, subject_of(trouble.asset, trouble.key)))
        try:
            with transaction.atomic():
                raise_alarm(
                    source=watcher.source, kind=trouble.kind, asset=trouble.asset,
                    key=trouble.key, level=trouble.level, at=now, sentence=trouble.sentence,
                    facts=trouble.facts, rule=watcher.code,
                )  # fmt: skip
        except DomainError:
            logger.exception("an alarm could not be kept", extra={"watcher": watcher.code})
    over = [alarm for alarm in standing if (alarm.kind, alarm.subject) not in troubled]
    unseen = [alarm for alarm in over if alarm.asset_id in seen.unseen]
    _silence_all(unseen, _("对象没有数据，状态不明。"))
    for alarm in over:
        if alarm not in unseen:
            recover_alarm(
                source=alarm.source, kind=alarm.kind, asset=alarm.asset, key=alarm.key, at=now,
                sentence=_("自动检查已正常：%s。") % seen.text,
            )  # fmt: skip


def _silence_all(alarms: Sequence[Alarm], why: str) -> None:
    for alarm in alarms:
        silence_alarm(
            source=alarm.source, kind=alarm.kind, asset=alarm.asset, key=alarm.key,
            at=clock.now(), sentence=why,
        )  # fmt: skip
