"""States of schedules, and what a line of one asks of a case."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScheduleState(models.TextChoices):
    """Where a version of the schedule stands."""

    DRAFT = "draft", _("起草中")
    SUBMITTED = "submitted", _("待复核")
    IN_FORCE = "in_force", _("执行中")
    ENDED = "ended", _("已停用")


class Family(models.TextChoices):
    """Which complaint family a line speaks of (HL-03)."""

    ANY = "", _("全部")
    GENERAL = "general", _("一般诉求")
    CONSUMER = "consumer", _("消费投诉")
    ECONOMIC = "economic", _("经济违法举报")
    EFFICIENCY = "efficiency", _("行政效能投诉")
