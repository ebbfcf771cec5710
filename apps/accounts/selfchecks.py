"""What this app knows about the safety of accounts, for the board of clauses."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import all_acts
from apps.accounts.assurance.enforcement import holders_without_factor
from apps.accounts.models import Appointment, User
from apps.accounts.permission_keys import carries
from apps.accounts.selectors import in_force_q
from apps.accounts.services.sensitive import SENSITIVE
from apps.accounts.services.separation import ADMIN_PERMISSIONS
from apps.common import clock
from apps.common.selfchecks import Answer, Check, judge, register

DORMANT = timedelta(days=90)
FAILURES_MOST, LOCK_LEAST_MINUTES = 10, 10
IDLE_MOST_MINUTES, WHOLE_MOST_H = 30, 12
LENGTH_LEAST, CLASSES_LEAST, DAYS_MOST = 8, 3, 90


def register_all() -> None:
    """Will make the checks of accounts known."""
    for code, label, run in (
        ("accounts.passwords", gettext_lazy("口令规则"), password_rules),
        ("accounts.lock", gettext_lazy("登录失败处理"), lock_out),
        ("accounts.idle", gettext_lazy("会话超时"), session_limits),
        ("accounts.factor", gettext_lazy("管理员双因子"), second_factor),
        ("accounts.first-password", gettext_lazy("初始口令"), first_passwords),
        ("accounts.dormant", gettext_lazy("长期不用的账号"), dormant),
        ("accounts.separation", gettext_lazy("三员分立"), separation),
        ("accounts.superusers", gettext_lazy("超级账号"), superusers),
        ("accounts.two-persons", gettext_lazy("双人复核"), two_persons),
        ("accounts.step-up", gettext_lazy("敏感操作再认证"), step_up),
    ):
        register(Check(code, label, run))


def password_rules() -> Answer:
    validators: Any = settings.AUTH_PASSWORD_VALIDATORS
    options: dict[str, dict[str, Any]] = {
        v["NAME"].rpartition(".")[2]: v.get("OPTIONS", {}) for v in validators
    }
    length = options.get("LengthValidator", {}).get("min_length", 0)
    classes = options.get("CharacterClassValidator", {}).get("classes", 0)
    text = _("至少 %(length)d 位、%(classes)d 类字符，%(days)d 天更换，不得重复近 %(last)d 次") % {
        "length": length,
        "classes": classes,
        "days": settings.PASSWORD_DAYS,
        "last": settings.PASSWORD_HISTORY,
    }
    strong = length >= LENGTH_LEAST and classes >= CLASSES_LEAST
    if not strong:
        return Answer("not", text)
    return judge(0 < settings.PASSWORD_DAYS <= DAYS_MOST, text, otherwise="partly")


def lock_out() -> Answer:
    text = _("连续失败 %(limit)d 次，锁定 %(minutes)d 分钟") % {
        "limit": settings.SIGN_IN_LIMIT,
        "minutes": settings.SIGN_IN_LOCK_MINUTES,
    }
    return judge(
        settings.SIGN_IN_LIMIT <= FAILURES_MOST
        and settings.SIGN_IN_LOCK_MINUTES >= LOCK_LEAST_MINUTES,
        text,
    )


def session_limits() -> Answer:
    hours = settings.SESSION_COOKIE_AGE / 3600
    text = _("闲置 %(idle)d 分钟退出，最长 %(hours)d 小时") % {
        "idle": settings.SESSION_IDLE_MINUTES,
        "hours": hours,
    }
    return judge(settings.SESSION_IDLE_MINUTES <= IDLE_MOST_MINUTES and hours <= WHOLE_MOST_H, text)


def second_factor() -> Answer:
    administrators = User.objects.filter(_administers(), is_active=True)
    total = administrators.count()
    without = administrators.filter(pk__in=holders_without_factor().values("pk")).count()
    text = _("管理员 %(total)d 人，其中 %(without)d 人没有第二因子；强制：%(forced)s") % {
        "total": total,
        "without": without,
        "forced": _("是") if settings.REQUIRE_ADMIN_MFA else _("否"),
    }
    if not settings.REQUIRE_ADMIN_MFA:
        return Answer("not" if without or not total else "partly", text)
    return judge(not without, text, otherwise="partly")


def first_passwords() -> Answer:
    waiting = User.objects.filter(is_active=True, must_change_password=True).count()
    return Answer("fulfilled", _("不设默认口令；%d 人持初始口令，首次登录须先修改") % waiting)


def dormant() -> Answer:
    since = clock.now() - DORMANT
    unused = User.objects.filter(
        Q(last_login__lt=since) | Q(last_login=None, created_at__lt=since), is_active=True
    ).count()
    return judge(not unused, _("%d 个启用的账号已90天未登录") % unused, otherwise="partly")


def separation() -> Answer:
    held = {
        kind: set(User.objects.filter(_holds(own), is_active=True).values_list("pk", flat=True))
        for kind, own in ADMIN_PERMISSIONS.items()
    }
    kinds = list(held.values())
    both = {
        user_id
        for number, first in enumerate(kinds)
        for second in kinds[number + 1 :]
        for user_id in first & second
    }
    text = _(
        "系统、安全、审计管理员各 %(system)d、%(security)d、%(audit)d 人，兼任 %(both)d 人"
    ) % {
        "system": len(held["system_admin"]),
        "security": len(held["security_admin"]),
        "audit": len(held["audit_admin"]),
        "both": len(both),
    }
    if both:
        return Answer("not", text)
    return judge(all(kinds), text, otherwise="partly")


def superusers() -> Answer:
    count = User.objects.filter(is_superuser=True, is_active=True).count()
    return judge(count == 0, _("启用的超级账号 %d 个（应为0）") % count, otherwise="partly")


def two_persons() -> Answer:
    text = _("%(rights)d 项敏感权限、%(acts)d 类操作须两人办理") % {
        "rights": len(SENSITIVE),
        "acts": len(all_acts()),
    }
    return judge(bool(all_acts()), text)


def step_up() -> Answer:
    return judge(
        bool(settings.STEP_UP),
        _("敏感操作前再次认证：%s") % (_("开") if settings.STEP_UP else _("关")),
    )


def _administers() -> Q:
    every = frozenset[str]().union(*ADMIN_PERMISSIONS.values())
    return Q(_holds(every)) | Q(is_superuser=True)


def _holds(permissions: frozenset[str]) -> Exists:
    return Exists(
        Appointment.objects.filter(in_force_q(), carries(permissions), user=OuterRef("pk"))
    )
