"""What of the platform's upkeep troubles: late or failed backups, a log nobody takes away.

Looks only; the alarm centre raises and ends. Source: OP-23, AL-03.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.common import clock
from apps.upkeep import selectors
from apps.upkeep.enums import Rhythm, WorkState
from apps.upkeep.services import due_policies
from apps.upkeep.services.backups import last_due

#: So long after its moment a backup may still be under way.
GRACE = {
    Rhythm.HOURLY: timedelta(minutes=45),
    Rhythm.DAILY: timedelta(hours=4),
    Rhythm.WEEKLY: timedelta(hours=8),
}
ARCHIVE_LATE_S = 900
_ARCHIVER = """
select coalesce(extract(epoch from now() - last_archived_time), 1e9),
       last_failed_time > coalesce(last_archived_time, '-infinity')
from pg_stat_archiver where current_setting('archive_mode') <> 'off'
"""


def register() -> None:
    """Will name the kinds of alarms of upkeep, and have it watched."""
    register_kind("backup_late", gettext_lazy("备份未按策略完成"))
    register_kind("backup_failed", gettext_lazy("备份失败"))
    register_kind("restore_failed", gettext_lazy("恢复测试不合格"))
    register_kind("archive_failing", gettext_lazy("数据库日志归档失败"))
    kinds = {"backup_late", "backup_failed", "restore_failed", "archive_failing"}
    label = gettext_lazy("备份与恢复")
    register_watcher(Watcher("upkeep.backup", label, Source.PLATFORM, frozenset(kinds), backups))


def backups(standing: Sequence[Standing]) -> Sighting:
    """Whether every policy in force was served in time, and a restore of it would do."""
    if not settings.BACKUP_ENABLED:
        return Sighting(_("未启用备份（CITYBRAIN_BACKUP）"))
    troubles = [*_late(), *_failed(), *_not_archived()]
    last = selectors.last_good_backup()
    text = _("从未完成")
    if last is not None and last.started_at is not None:
        hours = (clock.now() - last.started_at).total_seconds() / 3600
        text = _("%.1f小时前完成") % hours
    return Sighting(text, troubles)


def _late() -> Iterator[Trouble]:
    now = clock.now()
    for policy in due_policies(now):
        due = last_due(policy, now)
        late = now - due
        if late > GRACE[Rhythm(policy.rhythm)]:
            sentence = _("策略“%(name)s”应于%(due)s备份，至今没有完成。") % {
                "name": policy.name, "due": f"{due:%m-%d %H:%M}",
            }  # fmt: skip
            facts = {"policy": policy.code, "late_s": round(late.total_seconds())}
            level = Level.RED if policy.rhythm != Rhythm.HOURLY else Level.ORANGE
            yield Trouble("backup_late", level, sentence, facts, key=policy.name)


def _failed() -> Iterator[Trouble]:
    run = selectors.list_runs().filter(ended_at__isnull=False).first()
    if run is not None and run.state != WorkState.DONE:
        told = {"state": run.get_state_display(), "why": run.error[:300]}
        sentence = _("最近一次备份%(state)s：%(why)s") % told
        level = Level.ORANGE if run.state == WorkState.FAILED else Level.YELLOW
        yield Trouble("backup_failed", level, sentence, {"run": run.pk}, key=_("备份"))
    test = selectors.last_restore_test()
    if test is not None and not test.is_good:
        sentence = _("最近一次恢复测试不合格：%s") % test.error[:300]
        yield Trouble("restore_failed", Level.RED, sentence, {"test": test.pk}, key=_("恢复测试"))


def _not_archived() -> Iterator[Trouble]:
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVER)
        found = cursor.fetchone()
    if found and found[1] and found[0] > ARCHIVE_LATE_S:
        sentence = _("数据库日志已%d分钟没有归档，其间的数据一旦丢失无法恢复。") % (found[0] / 60)
        facts = {"age_s": round(min(found[0], 1e9))}
        yield Trouble("archive_failing", Level.RED, sentence, facts, key=_("日志归档"))
