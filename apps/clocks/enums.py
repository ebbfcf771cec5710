"""The choices of this app, with the words people see."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clocks.engine import DayRule, Unit
from apps.clocks.ledger import EntryKind


class LimitUnit(models.TextChoices):
    CALENDAR_MINUTES = Unit.CALENDAR_MINUTES.value, _("分钟")
    CALENDAR_HOURS = Unit.CALENDAR_HOURS.value, _("小时")
    CALENDAR_DAYS = Unit.CALENDAR_DAYS.value, _("个自然日")
    WORKING_MINUTES = Unit.WORKING_MINUTES.value, _("工作分钟")
    WORKING_HOURS = Unit.WORKING_HOURS.value, _("个工作小时")
    WORKING_DAYS = Unit.WORKING_DAYS.value, _("个工作日")


class DayCounting(models.TextChoices):
    END_OF_DAY = DayRule.END_OF_DAY.value, _("次日起算，末日下班截止")
    STANDARD_MINUTES = DayRule.STANDARD_MINUTES.value, _("从起算时刻按标准工时累计")


class DayKind(models.TextChoices):
    HOLIDAY = "holiday", _("休")
    MAKEUP = "makeup", _("班")


class ClockState(models.TextChoices):
    RUNNING = "running", _("计时中")
    SUSPENDED = "suspended", _("已挂起")
    STOPPED = "stopped", _("已停止")


class IntervalKind(models.TextChoices):
    RUN = EntryKind.RUN.value, _("计时")
    SUSPENDED = EntryKind.SUSPENDED.value, _("挂起")
    EXTENDED = EntryKind.EXTENDED.value, _("延期")
    HURRIED = EntryKind.HURRIED.value, _("加急")
    RELIMITED = EntryKind.RELIMITED.value, _("改变时限")
    RECOMPUTED = EntryKind.RECOMPUTED.value, _("重新计算")


class Level(models.TextChoices):
    YELLOW = "yellow", _("黄牌预警")
    RED = "red", _("红牌警示")
    SUPERVISE = "supervise", _("督办")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("星期一")
    TUESDAY = 1, _("星期二")
    WEDNESDAY = 2, _("星期三")
    THURSDAY = 3, _("星期四")
    FRIDAY = 4, _("星期五")
    SATURDAY = 5, _("星期六")
    SUNDAY = 6, _("星期日")
