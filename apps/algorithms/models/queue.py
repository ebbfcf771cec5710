"""Work that waits for a worker, who may have how much, and what it cost."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.algorithms.enums import WorkState
from apps.algorithms.models.warehouse import AlgorithmVersion


class WorkItem(models.Model):
    """One piece of work for one algorithm. Source: CP-06.

    key: the same work is queued once. priority: 1 to 9, the higher the sooner. label: only a
    worker with this label takes it, "" for any. claim, claimed_until: the lease of the worker
    that does it; only the holder may end it. payload: plain values for who does it.
    """

    key = models.CharField(_("作业标识"), max_length=120, unique=True)
    kind = models.SlugField(_("种类"), max_length=40)
    title = models.CharField(_("名称"), max_length=120)
    version = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, related_name="work", verbose_name=_("算法版本")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    priority = models.PositiveSmallIntegerField(_("优先级"), default=5)
    label = models.SlugField(_("工作节点标签"), max_length=40, blank=True, default="")
    payload = models.JSONField(_("内容"), default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=WorkState, default=WorkState.WAITING)
    created_at = models.DateTimeField(_("进入队列"))
    not_before = models.DateTimeField(_("不早于"))
    claim = models.UUIDField(_("占用编号"), null=True)
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    worker = models.CharField(_("工作节点"), max_length=60, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    started_at = models.DateTimeField(_("开始"), null=True)
    finished_at = models.DateTimeField(_("结束"), null=True)
    result = models.JSONField(_("结果"), default=dict)
    error = models.CharField(_("原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("解析作业")
        verbose_name_plural = _("解析作业")
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["-priority", "created_at"],
                name="algorithms_work_open",
                condition=Q(state__in=["waiting", "running"]),
            ),
            models.Index(fields=["unit", "state"], name="algorithms_work_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(priority__gte=1, priority__lte=9), name="algorithms_priority_bounded"
            ),
            models.CheckConstraint(
                condition=~Q(state=WorkState.RUNNING)
                | Q(claim__isnull=False, claimed_until__isnull=False),
                name="algorithms_running_is_claimed",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Worker(models.Model):
    """A process that takes work, by the name it gives itself; seen when it last asked."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    labels = ArrayField(models.SlugField(max_length=40), verbose_name=_("标签"), default=list)
    seen_at = models.DateTimeField(_("最近出现"))

    class Meta:
        verbose_name = _("工作节点")
        verbose_name_plural = _("工作节点")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Quota(models.Model):
    """How much a unit may have done: seconds of computing a month, and how many at once."""

    unit = models.OneToOneField(
        Organization, models.CASCADE, related_name="algorithm_quota", verbose_name=_("单位")
    )
    seconds_a_month = models.PositiveIntegerField(_("每月计算秒数"))
    at_once = models.PositiveSmallIntegerField(_("同时运行数"), default=2)

    class Meta:
        verbose_name = _("算力配额")
        verbose_name_plural = _("算力配额")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.unit_id)


class CostLine(models.Model):
    """What one version cost one unit in one month. Source: CP-06.

    month: its first day. calls: pieces of work ended; ms: computing; frames: pictures read.
    """

    version = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, related_name="costs", verbose_name=_("算法版本")
    )
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name=_("单位"))
    month = models.DateField(_("月份"))
    calls = models.PositiveBigIntegerField(_("次数"), default=0)
    ms = models.PositiveBigIntegerField(_("计算毫秒"), default=0)
    frames = models.PositiveBigIntegerField(_("帧数"), default=0)

    class Meta:
        verbose_name = _("算力台账")
        verbose_name_plural = _("算力台账")
        default_permissions = ()
        ordering = ["-month", "unit", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "unit", "month"], name="algorithms_cost_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.unit_id}"
