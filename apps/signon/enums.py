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
    DATA = "data", _("数据共享")


class CheckItem(models.TextChoices):
    """What has to be settled with an application before it goes live. Source: GW-04."""

    CONTACT = "contact", _("业务和技术联系人")
    ADDRESS = "address", _("地址和网络联通")
    FILED = "filed", _("等级保护备案")
    PERSONAL = "personal", _("个人信息处理")
    ACCOUNTS = "accounts", _("人员账号对应")
    AGREEMENT = "agreement", _("数据共享协议")
    EMERGENCY = "emergency", _("应急联系和停用预案")
    ACCEPTED = "accepted", _("验收意见")


#: What is asked of an application of each way of access.
ASKED = {
    AccessMode.PAGE: (CheckItem.CONTACT, CheckItem.ADDRESS, CheckItem.ACCEPTED),
    AccessMode.SSO: (
        CheckItem.CONTACT, CheckItem.ADDRESS, CheckItem.FILED, CheckItem.PERSONAL,
        CheckItem.ACCOUNTS, CheckItem.EMERGENCY, CheckItem.ACCEPTED,
    ),
    AccessMode.API: (
        CheckItem.CONTACT, CheckItem.ADDRESS, CheckItem.FILED, CheckItem.PERSONAL,
        CheckItem.EMERGENCY, CheckItem.ACCEPTED,
    ),
    AccessMode.DATA: (
        CheckItem.CONTACT, CheckItem.FILED, CheckItem.PERSONAL, CheckItem.AGREEMENT,
        CheckItem.ACCEPTED,
    ),
}  # fmt: skip
#: What the note of each says.
HINTS = {
    CheckItem.CONTACT: _("姓名、单位和电话"),
    CheckItem.ADDRESS: _("谁在何时从办公网打开过入口或回调地址"),
    CheckItem.FILED: _("等级、备案编号和测评日期"),
    CheckItem.PERSONAL: _("处理哪些个人信息、用于什么、保存多久"),
    CheckItem.ACCOUNTS: _("对方账号按什么与本市人员对应，谁负责增减"),
    CheckItem.AGREEMENT: _("协议编号、数据内容和有效期"),
    CheckItem.EMERGENCY: _("停用时通知谁，业务如何继续"),
    CheckItem.ACCEPTED: _("验收结论、日期和验收人"),
}


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
