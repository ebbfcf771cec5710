"""What this app knows about evidence and alarms, for the board of clauses."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.audit.models import AuditEntry, AuditSeal
from apps.common import clock
from apps.common.selfchecks import Answer, Check, judge, register
from apps.evidence import selectors
from apps.evidence.enums import AlarmState, RunState, Severity
from apps.evidence.models import (
    Alarm,
    AlarmBookmark,
    AlarmRule,
    Checkpoint,
    Finding,
    Testimony,
    TimeStamp,
    Verification,
)
from apps.evidence.watching import REVEALS

CHECKPOINT_FRESH = timedelta(hours=26)
OUTSIDE_FRESH = timedelta(days=3)
VERIFIED_FRESH = timedelta(days=2)
HANDLED_WITHIN = timedelta(hours=24)
SEALS_BEHIND_MOST = 15


def register_all() -> None:
    """Will make the checks of evidence known."""
    for code, label, run in (
        ("evidence.checkpoint", gettext_lazy("检查点按日签发"), checkpoint),
        ("evidence.verified", gettext_lazy("存证核验"), verified),
        ("evidence.outside", gettext_lazy("外部时间戳与见证"), outside),
        ("evidence.archive", gettext_lazy("日志保存六个月并归档"), archive),
        ("evidence.watching", gettext_lazy("日志按时分析"), watching),
        ("evidence.alarms", gettext_lazy("告警及时处理"), alarms),
        ("evidence.findings", gettext_lazy("整改按期完成"), findings),
        ("evidence.reveals", gettext_lazy("个人信息查看留痕"), reveals),
    ):
        register(Check(code, label, run))


def checkpoint() -> Answer:
    last = Checkpoint.objects.order_by("-number").first()
    if last is None:
        return Answer("not", _("尚未签发检查点"))
    hours = (clock.now() - last.at).total_seconds() / 3600
    text = _("最近检查点在 %(hours).1f 小时前，含 %(rows)d 条记录（须在26小时内）") % {
        "hours": hours,
        "rows": last.rows,
    }
    return judge(clock.now() - last.at < CHECKPOINT_FRESH, text)


def verified() -> Answer:
    last = Verification.objects.filter(state=RunState.DONE).order_by("-pk").first()
    if last is None or last.finished_at is None:
        return Answer("not", _("尚未核验"))
    if last.faults:
        return Answer("not", _("最近一次核验发现 %d 类问题") % len(last.faults))
    hours = (clock.now() - last.finished_at).total_seconds() / 3600
    text = _("%(hours).1f 小时前核验 %(rows)d 条记录、%(checkpoints)d 个检查点，全部相符") % {
        "hours": hours,
        "rows": last.rows,
        "checkpoints": last.checkpoints,
    }
    return judge(clock.now() - last.finished_at < VERIFIED_FRESH, text, otherwise="partly")


def outside() -> Answer:
    since = clock.now() - OUTSIDE_FRESH
    stamps = TimeStamp.objects.filter(checkpoint__at__gte=since).count()
    agreed = Testimony.objects.filter(received_at__gte=since, agrees=True).count()
    text = _("近3天取得 %(stamps)d 个时间戳、%(agreed)d 份见证") % {
        "stamps": stamps,
        "agreed": agreed,
    }
    return judge(bool(stamps or agreed), text, otherwise="partly")


def archive() -> Answer:
    oldest = AuditEntry.objects.order_by("at").first()
    missing = selectors.months_to_archive()
    text = _("最早记录为 %(day)s；%(missing)d 个月待归档") % {
        "day": timezone.localdate(oldest.at).isoformat() if oldest else "—",
        "missing": len(missing),
    }
    return judge(not missing, text, otherwise="partly")


def watching() -> Answer:
    seals = AuditSeal.objects.count()
    bookmark = AlarmBookmark.objects.first()
    behind = seals - (bookmark.seal if bookmark else 0)
    text = _("%(rules)d 条规则在用，尚有 %(behind)d 个封存未分析") % {
        "rules": AlarmRule.objects.filter(is_on=True).count(),
        "behind": behind,
    }
    return judge(bookmark is not None and behind <= SEALS_BEHIND_MOST, text)


def alarms() -> Answer:
    late = Alarm.objects.filter(
        ~Q(state=AlarmState.CLOSED), raised_at__lt=clock.now() - HANDLED_WITHIN
    )
    high = late.filter(severity=Severity.HIGH).count()
    text = _("超过24小时未关闭的告警 %(late)d 条，其中高级别 %(high)d 条") % {
        "late": late.count(),
        "high": high,
    }
    if high:
        return Answer("not", text)
    return judge(not late.exists(), text, otherwise="partly")


def findings() -> Answer:
    still = Finding.objects.filter(fixed_at=None)
    late = still.filter(due_at__lt=clock.now()).count()
    text = _("待整改 %(still)d 项，逾期 %(late)d 项") % {"still": still.count(), "late": late}
    return judge(not late, text)


def reveals() -> Answer:
    since = clock.now() - timedelta(days=30)
    seen = AuditEntry.objects.filter(REVEALS, at__gte=since).count()
    return Answer("fulfilled", _("默认脱敏；近30天查看完整信息 %d 次，均留痕并填写事由") % seen)
