"""Words of commands to devices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CommandRight(models.TextChoices):
    """Which right sending a kind of command takes."""

    ORDINARY = "send_commands", _("一般命令")
    GRAVE = "send_grave_commands", _("重要命令")


class CommandState(models.TextChoices):
    """How far a command has come. What timed out may still have been done: nobody said so."""

    WAITING = "waiting", _("待复核")
    QUEUED = "queued", _("待下发")
    SENT = "sent", _("已下发")
    ACKNOWLEDGED = "acknowledged", _("已执行")
    FAILED = "failed", _("执行失败")
    TIMED_OUT = "timed_out", _("超时未答复")
    CANCELLED = "cancelled", _("已取消")


#: Kept until the device has answered.
UNDER_WAY = (CommandState.QUEUED, CommandState.SENT)


class Outcome(models.TextChoices):
    """What a device answers to a command."""

    DONE = "done", _("已执行")
    FAILED = "failed", _("执行失败")
