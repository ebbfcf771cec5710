"""Words of backups and restores."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BackupKind(models.TextChoices):
    """How much of the database is copied."""

    FULL = "full", _("全量备份")
    INCREMENTAL = "incr", _("增量备份")


class Rhythm(models.TextChoices):
    """How often a policy is due."""

    HOURLY = "hourly", _("每小时")
    DAILY = "daily", _("每天")
    WEEKLY = "weekly", _("每周")


class WorkState(models.TextChoices):
    """How far a backup or a restore test is. PARTIAL: the first place has it, the second not."""

    ASKED = "asked", _("等待执行")
    RUNNING = "running", _("执行中")
    DONE = "done", _("完成")
    PARTIAL = "partial", _("仅一处完成")
    FAILED = "failed", _("失败")


class Occasion(models.TextChoices):
    """Why it is done."""

    SCHEDULE = "schedule", _("按策略")
    PERSON = "person", _("人工发起")
    COMMAND = "command", _("命令行")


class SwitchCause(models.TextChoices):
    """Why another server of the database has taken over."""

    FAILURE = "failure", _("故障切换")
    DRILL = "drill", _("演练切换")
    PLANNED = "planned", _("计划切换")
    RESTORE = "restore", _("从备份恢复")


class ArticleState(models.TextChoices):
    """How far a wording of the manual is."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("现行")
    REPLACED = "replaced", _("已被取代")


class ExerciseKind(models.TextChoices):
    """What is rehearsed."""

    FAULT = "fault", _("故障演练")
    RED_BLUE = "red_blue", _("红蓝对抗")
    EMERGENCY = "emergency", _("应急演练")
    SWITCH = "switch", _("灾备切换演练")


class ExerciseState(models.TextChoices):
    """How far a drill is."""

    PLANNED = "planned", _("已计划")
    RUNNING = "running", _("进行中")
    REVIEWING = "reviewing", _("复盘中")
    CLOSED = "closed", _("已结束")


class ItemState(models.TextChoices):
    """How far an item of a year's plan is: plan, do, check, improve. Source: OP-26."""

    PLANNED = "planned", _("已计划")
    DONE = "done", _("已执行")
    CHECKED = "checked", _("已检查")
    CLOSED = "closed", _("已闭环")


class Verdict(models.TextChoices):
    """What a check found of an item."""

    MET = "met", _("达到")
    PARTLY = "partly", _("部分达到")
    NOT_MET = "not_met", _("未达到")


class Field(models.TextChoices):
    """What of the platform is kept. Source: 003:6.3."""

    NETWORK = "network", _("网络")
    HARDWARE = "hardware", _("硬件")
    SOFTWARE = "software", _("软件")
    DATA = "data", _("数据")
    ROOM = "room", _("机房")
