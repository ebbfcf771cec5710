"""The states and kinds of what signs on through us."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationState(models.TextChoices):
    """How far an application is. Only a live one is known to the provider."""

    APPLIED = "applied", _("申请中")
    APPROVED = "approved", _("已批准")
    LIVE = "live", _("已上线")
    SUSPENDED = "suspended", _("已停用")


class AccessMode(models.TextChoices):
    """What an application wants of us."""

    PAGE = "page", _("页面链接")
    SSO = "sso", _("单点登录")
    API = "api", _("接口调用")


class Protocol(models.TextChoices):
    """How an application signs on."""

    OIDC = "oidc", _("OpenID Connect")
    CAS = "cas", _("CAS 2/3")


class GrantKind(models.TextChoices):
    """How a sign-on came about."""

    CODE = "code", _("网页登录")
    DEVICE = "device", _("设备登录")
    TICKET = "ticket", _("CAS 票据")


class DeliveryState(models.TextChoices):
    """How a word of signing out fares."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已送达")
    FAILED = "failed", _("待重试")
    DEAD = "dead", _("已放弃")


OPEN_DELIVERIES = (DeliveryState.WAITING, DeliveryState.FAILED)


_ENDED = {
    "signed_out": _("本人退出"),
    "signed_out_everywhere": _("结束全部登录"),
    "ended_elsewhere": _("在其他设备上结束"),
    "password_changed": _("修改了密码"),
    "password_reset": _("密码被重置"),
    "factor_reset": _("第二因子被重置"),
    "deactivated": _("账号停用"),
    "left": _("离职"),
    "suspended": _("应用停用"),
    "changed": _("应用设置变更"),
    "replayed": _("凭据被重复使用"),
    "revoked": _("应用交回"),
}


def ended_because(reason: str) -> str:
    """Will say in words why a sign-on ended; an unknown code as it is."""
    return str(_ENDED.get(reason, reason))
