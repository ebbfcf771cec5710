"""What each alarm rule looks for in the log.

A kind tells which entries count, whose they are, how much each weighs, and the sentence that
explains an alarm. How many within how long stands in the rule's row (``AlarmRule``). A kind
reads entries and the people behind them, never the tables of other apps. Source: AU-07.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force, scope_of
from apps.accounts.services.separation import admin_kinds
from apps.audit.models import AuditEntry
from apps.evidence.enums import Severity, Watch
from apps.evidence.models import AlarmRule

KNOWN_ADDRESS = timedelta(days=90)  # an address used within this time is not new
_DAY_H = 24
EXPORTS = Q(action__endswith=".exported")
#: Personal data shown in full.
REVEALS = Q(action__endswith="revealed") | Q(action="hotline.reveal_reporter")


@dataclass(frozen=True)
class Subject:
    """Whose deeds entries are. user: None for the system or an address alone."""

    name: str
    user: User | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of rule.

    wanted: which entries to read, for the database. fits: which of them count, asked per entry.
    weight: how much an entry counts. sentence: with subject, minutes, count and threshold.
    """

    code: str
    label: Promise | str
    hint: Promise | str
    sentence: Promise | str
    severity: Severity
    threshold: int
    window_minutes: int
    wanted: Q
    fits: Callable[[AuditEntry, AlarmRule], bool] = lambda entry, rule: True
    weight: Callable[[AuditEntry], int] = lambda entry: 1
    by_address: bool = False
    watch: Watch | None = None
    hours: tuple[int, int] | None = None


def _rows_exported(entry: AuditEntry) -> int:
    rows = entry.data.get("rows", entry.data.get("count", 0))
    return rows if isinstance(rows, int) and rows > 0 else 0


def _is_at_night(entry: AuditEntry, rule: AlarmRule) -> bool:
    if rule.from_hour is None or rule.to_hour is None or entry.actor_id is None:
        return False  # the system itself works at night
    hour = timezone.localtime(entry.at).hour
    return (hour - rule.from_hour) % _DAY_H < (rule.to_hour - rule.from_hour) % _DAY_H


def _is_elsewhere(entry: AuditEntry, rule: AlarmRule) -> bool:
    """Whether the thing lies outside every area the person's units answer for."""
    area, user = entry.data.get("area"), find_user(entry)
    if not isinstance(area, str) or not area or user is None or user.is_superuser:
        return False
    own = scope_of(user).area_paths
    return bool(own) and not area.startswith(own)


def _is_new_address(entry: AuditEntry, rule: AlarmRule) -> bool:
    """Whether an administrator came from an address not used by them before, but others were."""
    user = find_user(entry)
    if user is None or entry.ip is None or not _administers(user):
        return False
    before = AuditEntry.objects.filter(
        actor_id=entry.actor_id,
        action="sign_in.succeeded",
        at__lt=entry.at,
        at__gte=entry.at - KNOWN_ADDRESS,
    )
    return before.exclude(ip=None).exists() and not before.filter(ip=entry.ip).exists()


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "bulk-export",
            _("频繁导出"),
            _("同一人短时间内多次导出表格"),
            _("%(subject)s在%(minutes)d分钟内导出%(count)d次，达到%(threshold)d次的上限"),
            Severity.MIDDLE,
            5,
            60,
            EXPORTS,
        ),
        Kind(
            "large-export",
            _("大量导出"),
            _("同一人短时间内导出的行数之和"),
            _("%(subject)s在%(minutes)d分钟内导出%(count)d行，达到%(threshold)d行的上限"),
            Severity.HIGH,
            2000,
            60,
            EXPORTS,
            fits=lambda entry, rule: _rows_exported(entry) > 0,
            weight=_rows_exported,
        ),
        Kind(
            "night-work",
            _("非工作时间的敏感操作"),
            _("夜间导出、授权、改规则、发密钥"),
            _("%(subject)s夜间做了%(count)d次敏感操作，达到%(threshold)d次的上限"),
            Severity.MIDDLE,
            3,
            480,
            EXPORTS
            | Q(action__endswith=".published")
            | Q(action__startswith="role.")
            | Q(action__startswith="post.")
            | Q(action__startswith="api_client.")
            | Q(action__startswith="alarm_rule."),
            fits=_is_at_night,
            hours=(22, 6),
        ),
        Kind(
            "denied",
            _("反复被拒绝访问"),
            _("同一人短时间内多次打开无权的页面或接口"),
            _("%(subject)s在%(minutes)d分钟内被拒绝%(count)d次，达到%(threshold)d次的上限"),
            Severity.MIDDLE,
            10,
            10,
            Q(action="access.denied"),
        ),
        Kind(
            "sign-in-failed",
            _("反复登录失败"),
            _("同一来源地址短时间内多次登录失败"),
            _("来自%(subject)s的登录在%(minutes)d分钟内失败%(count)d次，达到%(threshold)d次的上限"),
            Severity.MIDDLE,
            10,
            10,
            Q(action="sign_in.failed"),
            fits=lambda entry, rule: entry.ip is not None,
            by_address=True,
        ),
        Kind(
            "many-reveals",
            _("频繁查看个人信息"),
            _("同一人短时间内多次查看未脱敏的个人信息"),
            _("%(subject)s在%(minutes)d分钟内查看个人信息%(count)d次，达到%(threshold)d次的上限"),
            Severity.HIGH,
            20,
            60,
            REVEALS,
        ),
        Kind(
            "other-area",
            _("跨辖区查询"),
            _("查看本单位辖区以外的个人信息"),
            _(
                "%(subject)s在%(minutes)d分钟内查看辖区外个人信息%(count)d次，达到%(threshold)d次的上限"
            ),
            Severity.HIGH,
            3,
            1440,
            REVEALS,
            fits=_is_elsewhere,
        ),
        Kind(
            "new-address",
            _("管理员从新地址登录"),
            _("九十天内未用过的来源地址"),
            _("管理员%(subject)s从未用过的地址登录%(count)d次"),
            Severity.HIGH,
            1,
            1440,
            Q(action="sign_in.succeeded"),
            fits=_is_new_address,
        ),
        Kind(
            "rules-changed",
            _("告警规则被修改"),
            _("每次修改都由审计管理员知悉"),
            _("%(subject)s修改告警规则%(count)d次"),
            Severity.HIGH,
            1,
            60,
            Q(action="alarm_rule.changed"),
            watch=Watch.AUDIT,
        ),
        Kind(
            "acted-alone",
            _("紧急独自处置"),
            _("应由两人办理的操作由一人紧急办理"),
            _("%(subject)s紧急独自处置%(count)d次"),
            Severity.HIGH,
            1,
            60,
            Q(action="change.alone"),
            watch=Watch.AUDIT,
        ),
        Kind(
            "evidence-broken",
            _("存证核验未通过"),
            _("日志、检查点或见证有不符"),
            _("存证核验未通过，%(count)d次"),
            Severity.HIGH,
            1,
            1440,
            Q(action__in=["evidence.found_broken", "checkpoint.disputed", "chain.found_broken"]),
            watch=Watch.AUDIT,
        ),
        Kind(
            "rows-changed",
            _("受保护的数据被改动"),
            _("数据行与登记的摘要不符，即绕过系统改动"),
            _("发现%(count)d行受保护的数据被绕过系统改动"),
            Severity.HIGH,
            1,
            1440,
            Q(action="rows.found_changed"),
            watch=Watch.AUDIT,
        ),
    )
}


def find_user(entry: AuditEntry) -> User | None:
    """Will give the person behind an entry; an API client has a key of its own table."""
    if entry.actor_id is None:
        return None
    user = User.objects.filter(pk=entry.actor_id).first()
    return user if user is not None and user.display_name[:100] == entry.actor_name else None


def subject_of(kind: Kind, entry: AuditEntry) -> Subject:
    """Will say whose deed this is in the eyes of the rule."""
    if kind.by_address:
        return Subject(name=entry.ip or "")
    return Subject(name=entry.actor_name, user=find_user(entry))


def tenant_of(subject: Subject) -> int | None:
    """Will give the body of the person, by their file or else by their main post."""
    if subject.user is None or subject.user.tenant_id is not None:
        return subject.user.tenant_id if subject.user else None
    held = appointments_in_force(subject.user).first()
    return held.post.organization.tenant_id if held else None


def watch_of(kind: Kind, subject: Subject) -> Watch:
    """Will say who looks at it: nobody watches themselves, and the auditor watches the others.

    Security looks at ordinary staff and at the auditor; the auditor at the system and security
    administrators and at superusers. Source: GB/T 22239-2019 8.1.5, AC-06.
    """
    if kind.watch is not None:
        return kind.watch
    user = subject.user
    if user is None:
        return Watch.SECURITY
    kinds = admin_kinds(a.post for a in appointments_in_force(user))
    is_watched = user.is_superuser or bool(kinds & {"system_admin", "security_admin"})
    return Watch.AUDIT if is_watched else Watch.SECURITY


def _administers(user: User) -> bool:
    return user.is_superuser or bool(admin_kinds(a.post for a in appointments_in_force(user)))
