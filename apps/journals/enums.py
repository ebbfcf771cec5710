"""Words of logs: how grave a line is, whence it came, which way a count departs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.IntegerChoices):
    """How grave a line is; the lesser number is the graver. Source: RFC 5424, table 2."""

    EMERGENCY = 0, _("紧急")
    ALERT = 1, _("警戒")
    CRITICAL = 2, _("严重")
    ERROR = 3, _("错误")
    WARNING = 4, _("警告")
    NOTICE = 5, _("注意")
    INFO = 6, _("信息")
    DEBUG = 7, _("调试")


class Origin(models.TextChoices):
    """How a line came in."""

    OWN = "own", _("云脑自身")
    HTTP = "http", _("接口上报")
    SYSLOG = "syslog", "syslog"


class Direction(models.TextChoices):
    """Which way the lines of an hour departed from what is usual."""

    ABOVE = "above", _("偏多")
    BELOW = "below", _("偏少")
