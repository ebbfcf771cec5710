"""The choices of this app, with the words people see."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    """Who repairs, nearest to the thing first (OP-18)."""

    OWN = "own", _("自有团队")
    CONTRACTOR = "contractor", _("专业运维商")
    VENDOR = "vendor", _("厂商")


class OrderSource(models.TextChoices):
    """Where a fault was reported (OP-09, OP-27)."""

    HOME = "home", _("首页")
    MONITORING = "monitoring", _("运维监控")
    ALARM = "alarm", _("告警中心")
    CHECK = "check", _("一键运维")
    DIAGNOSIS = "diagnosis", _("视频诊断")
    DATA = "data", _("数据质量")
    PLAN = "plan", _("保养计划")


class Cause(models.TextChoices):
    """Why a thing did not work, so that an appraisal blames nobody for another's fault."""

    UNKNOWN = "", _("未查明")
    POWER = "power", _("停电")
    NETWORK = "network", _("网络")
    WORKS = "works", _("施工")
    EQUIPMENT = "equipment", _("设备")
    VENDOR = "vendor", _("维保")


class LimitUnit(models.TextChoices):
    """Units a limit of a fault may have; those of ``clocks`` that make sense for repairs."""

    CALENDAR_MINUTES = "calendar_minutes", _("分钟")
    CALENDAR_HOURS = "calendar_hours", _("小时")
    CALENDAR_DAYS = "calendar_days", _("天")
    WORKING_HOURS = "working_hours", _("服务小时")
    WORKING_DAYS = "working_days", _("个工作日")


class Waiting(models.TextChoices):
    """What an order has been waiting for when it is handed up."""

    RESPOND = "respond", _("未接单")
    RESTORE = "restore", _("未修复")


class Phase(models.TextChoices):
    """When a picture of a repair was taken."""

    BEFORE = "before", _("维修前")
    AFTER = "after", _("维修后")


class Beat(models.TextChoices):
    """How a maintenance plan counts."""

    DAYS = "days", _("天")
    WEEKS = "weeks", _("周")
    MONTHS = "months", _("月")
    METER = "meter", _("读数")


#: States of the shipped matter, in the order an order goes through them.
REPORTED, SENT, HANDLING = "reported", "sent", "handling"
SUSPENDED, ANSWERED, CLOSED, REJECTED = "suspended", "answered", "closed", "rejected"


class OrderState(models.TextChoices):
    """The states of the shipped matter "ops.fault" (OP-10, OP-11)."""

    REPORTED = REPORTED, _("待确认")
    SENT = SENT, _("待接单")
    HANDLING = HANDLING, _("处理中")
    SUSPENDED = SUSPENDED, _("已挂起")
    ANSWERED = ANSWERED, _("待反馈确认")
    CLOSED = CLOSED, _("已办结")
    REJECTED = REJECTED, _("已驳回")
