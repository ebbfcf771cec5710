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


class ArticleState(models.TextChoices):
    """How far a wording of the manual is."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("现行")
    REPLACED = "replaced", _("已被取代")
