"""Words of the connection to the broker."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Turned(models.TextChoices):
    """Why the broker, or the process that listens, turned something away."""

    LOGIN = "login", _("登录被拒")
    TOO_LARGE = "too_large", _("内容过大")
    FLOOD = "flood", _("上报过于频繁")


class LinkState(models.TextChoices):
    """How the connection to the broker is."""

    OFF = "off", _("未启用")
    DOWN = "down", _("接入进程未运行")
    LOST = "lost", _("代理连接中断")
    UP = "up", _("已连接")
