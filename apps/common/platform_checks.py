"""What the settings of this installation say about its safety."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common import clock
from apps.common.phrases import series
from apps.common.selfchecks import Answer, Check, judge, register

HSTS_LEAST_S = 180 * 24 * 3600
BACKUP_FRESH = timedelta(hours=26)
DISK_LEAST = 0.1
KEY_LEAST = 50


def register_all() -> None:
    """Will make the checks of the platform known."""
    for code, label, run in (
        ("platform.debug", gettext_lazy("调试模式关闭"), debug_is_off),
        ("platform.transport", gettext_lazy("全程加密传输"), transport),
        ("platform.cookies", gettext_lazy("会话标识保护"), cookies),
        ("platform.csp", gettext_lazy("页面脚本来源受限"), scripts),
        ("platform.key", gettext_lazy("系统密钥强度"), secret_key),
        ("platform.outgoing", gettext_lazy("对外访问受限"), outgoing),
        ("platform.uploads", gettext_lazy("上传文件受限"), uploads),
        ("platform.backup", gettext_lazy("最近一次备份"), backup),
        ("platform.disk", gettext_lazy("存储余量"), disk),
    ):
        register(Check(code, label, run))


def debug_is_off() -> Answer:
    if settings.DEMO:
        return Answer("partly", _("调试模式已关闭，但本系统按演示城市运行，含公开的演示账号"))
    return judge(not settings.DEBUG, _("调试模式：%s") % (_("开") if settings.DEBUG else _("关")))


def transport() -> Answer:
    redirects = bool(getattr(settings, "SECURE_SSL_REDIRECT", False))
    seconds = int(getattr(settings, "SECURE_HSTS_SECONDS", 0))
    text = _("强制加密：%(redirects)s；浏览器记住加密 %(days)d 天（至少180天）") % {
        "redirects": _("是") if redirects else _("否"),
        "days": seconds // 86400,
    }
    return judge(redirects and seconds >= HSTS_LEAST_S, text)


def cookies() -> Answer:
    missing = [
        name
        for name, is_set in (
            (_("仅加密传输"), settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE),
            (_("脚本不可读"), settings.SESSION_COOKIE_HTTPONLY),
            (_("不随外站请求发送"), settings.SESSION_COOKIE_SAMESITE in {"Lax", "Strict"}),
        )
        if not is_set
    ]
    text = _("缺少：%s") % series(missing) if missing else _("三项保护均已启用")
    return judge(not missing, text, otherwise="partly")


def scripts() -> Answer:
    policy: Any = settings.CONTENT_SECURITY_POLICY
    sources = policy["DIRECTIVES"]["script-src"]
    open_to = [s for s in sources if str(s) in {"'unsafe-inline'", "*"}]
    return judge(
        not open_to, _("脚本只来自本站并带一次性编号") if not open_to else _("脚本来源过宽")
    )


def secret_key() -> Answer:
    return judge(
        len(settings.SECRET_KEY) >= KEY_LEAST and not settings.SECRET_KEY.startswith("django-"),
        _("密钥长度 %d 个字符（至少50）") % len(settings.SECRET_KEY),
    )


def outgoing() -> Answer:
    hosts = settings.OUTGOING_HOSTS
    text = _("允许访问 %d 个登记的地址，其余一律拒绝") % len(hosts)
    return judge("0.0.0.0/0" not in hosts and "::/0" not in hosts, text)


def uploads() -> Answer:
    megabytes = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
    return judge(
        0 < megabytes <= 200,
        _("单个文件不超过 %d MB；按内容判别类型，图片重新编码") % megabytes,
        otherwise="partly",
    )


def backup() -> Answer:
    """The backup job touches a file when it is done; its age is the answer."""
    if not settings.BACKUP_MARK:
        return Answer("person", _("未设置备份完成标记（CITYBRAIN_BACKUP_MARK），须人工确认"))
    mark = Path(settings.BACKUP_MARK)
    if not mark.exists():
        return Answer("not", _("没有备份完成标记，备份从未完成"))
    done = datetime.fromtimestamp(mark.stat().st_mtime, tz=get_current_timezone())
    hours = (clock.now() - done).total_seconds() / 3600
    return judge(
        clock.now() - done < BACKUP_FRESH, _("最近一次备份在 %.1f 小时前（须在26小时内）") % hours
    )


def disk() -> Answer:
    folder = Path(settings.VAR_DIR)
    usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    share = usage.free / usage.total
    return judge(share >= DISK_LEAST, _("剩余 %d%%（至少10%%）") % round(share * 100))
