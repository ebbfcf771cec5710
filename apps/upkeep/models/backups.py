"""When backups are made, each that was made, and each restore that was tried. Source: OP-23."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.upkeep.enums import BackupKind, Occasion, Rhythm, WorkState

OPEN_STATES = [WorkState.ASKED, WorkState.RUNNING]


class BackupPolicy(models.Model):
    """One rule of when a backup is made and how long it is kept.

    at, weekday: in the city's time; weekday 0 is Monday, for weekly policies only. source: the
    clause it follows. Two clauses that contradict each other are two policies.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("方式"), max_length=10, choices=BackupKind)
    rhythm = models.CharField(_("频率"), max_length=10, choices=Rhythm)
    at = models.TimeField(_("时间"), null=True)
    weekday = models.PositiveSmallIntegerField(_("星期"), null=True)
    keep_days = models.PositiveSmallIntegerField(_("保留天数"))
    is_on = models.BooleanField(_("启用"), default=True)
    source = models.CharField(_("依据"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("备份策略")
        verbose_name_plural = _("备份策略")
        default_permissions = ()
        permissions = [
            ("view_upkeep", _("查看平台运维")),
            ("keep_upkeep", _("管理备份与平台运维")),
            ("write_runbooks", _("编写运维手册")),
            ("approve_runbooks", _("审核运维手册")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rhythm=Rhythm.HOURLY) | Q(at__isnull=False),
                name="backup_policy_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(rhythm=Rhythm.WEEKLY) | Q(weekday__lte=6),
                name="backup_policy_has_weekday",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BackupRun(models.Model):
    """One backup: asked for, running, made or failed.

    policies: codes of those it served. expected: rows of the city counted before it began, so
    that a restore can be held against them. digest: SHA-256 of its manifest.
    """

    occasion = models.CharField(_("缘由"), max_length=10, choices=Occasion)
    policies = ArrayField(models.CharField(max_length=40), verbose_name=_("策略"), default=list)
    kind = models.CharField(_("方式"), max_length=10, choices=BackupKind)
    state = models.CharField(_("状态"), max_length=10, choices=WorkState, default=WorkState.ASKED)
    asked_by = models.ForeignKey(
        User, verbose_name=_("发起人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("提出时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    keep_until = models.DateTimeField(_("保留至"), null=True)
    database_bytes = models.PositiveBigIntegerField(_("数据库大小（字节）"), default=0)
    file_count = models.PositiveBigIntegerField(_("文件数"), default=0)
    file_bytes = models.PositiveBigIntegerField(_("文件大小（字节）"), default=0)
    stored_bytes = models.PositiveBigIntegerField(_("新占空间（字节）"), default=0)
    expected = models.JSONField(_("备份前的行数"), default=dict)
    digest = models.CharField(_("清单摘要"), max_length=64, blank=True, default="")
    error = models.TextField(_("失败原因"), blank=True, default="")

    class Meta:
        verbose_name = _("备份记录")
        verbose_name_plural = _("备份记录")
        default_permissions = ()
        indexes = [models.Index(fields=["-asked_at", "-id"], name="backup_run_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=WorkState.RUNNING), name="backup_runs_alone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class BackupCopy(models.Model):
    """What one place holds of a backup. label: its name in the backup tool."""

    run = models.ForeignKey(BackupRun, on_delete=models.CASCADE, related_name="copies")
    place = models.PositiveSmallIntegerField(_("备份位置"))
    label = models.CharField(_("标识"), max_length=60)
    stored_bytes = models.PositiveBigIntegerField(_("新占空间（字节）"))
    digest = models.CharField(_("清单摘要"), max_length=64)
    at = models.DateTimeField(_("完成时间"))
    dropped_at = models.DateTimeField(_("清理时间"), null=True)

    class Meta:
        verbose_name = _("备份副本")
        verbose_name_plural = _("备份副本")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["run", "place"], name="backup_copy_once"),
        ]

    def __str__(self) -> str:
        return self.label


class RestoreTest(models.Model):
    """A restore into a scratch database, and what was found there.

    counts: rows found; missing: what is wrong, in words; target_at: the moment restored to.
    """

    occasion = models.CharField(_("缘由"), max_length=10, choices=Occasion)
    state = models.CharField(_("状态"), max_length=10, choices=WorkState, default=WorkState.ASKED)
    asked_by = models.ForeignKey(
        User, verbose_name=_("发起人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("提出时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    copy = models.ForeignKey(
        BackupCopy, verbose_name=_("备份副本"), null=True, on_delete=models.SET_NULL
    )
    target_at = models.DateTimeField(_("恢复到"), null=True)
    restore_s = models.FloatField(_("恢复用时（秒）"), default=0)
    counts = models.JSONField(_("恢复出的行数"), default=dict)
    newest_case = models.CharField(_("最新案件"), max_length=60, blank=True, default="")
    newest_at = models.DateTimeField(_("最新记录时间"), null=True)
    log_entries = models.PositiveBigIntegerField(_("审计记录数"), default=0)
    log_is_whole = models.BooleanField(_("审计链完整"), null=True)
    files_checked = models.PositiveIntegerField(_("抽查文件数"), default=0)
    is_good = models.BooleanField(_("合格"), null=True)
    error = models.TextField(_("问题"), blank=True, default="")

    class Meta:
        verbose_name = _("恢复测试")
        verbose_name_plural = _("恢复测试")
        default_permissions = ()
        indexes = [models.Index(fields=["-asked_at", "-id"], name="restore_test_newest")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
