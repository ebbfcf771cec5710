"""What jobs found: events with a beginning and an end, and counts by the hour."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.analysis.enums import Verdict
from apps.analysis.models.jobs import AnalysisJob, JobRun
from apps.common.models import StoredFile


class Finding(models.Model):
    """One event: a stay, a blocked lane, a left bag. It grows while it lasts. Source: VD-09.

    key: zone and beginning, so that no run enters it twice. ended_at: null while it lasts;
    last_at: when it was seen last. box: shares of the picture. confidence: 0 to 1, how far over
    the threshold. picture: blurred outside the zone; plain: as taken, shown to few and audited.
    algorithm, parameters, job_version: what it was found with. keep_until: pictures go then.
    """

    job = models.ForeignKey(
        AnalysisJob, models.PROTECT, related_name="findings", verbose_name=_("分析作业")
    )
    run = models.ForeignKey(
        JobRun, models.SET_NULL, null=True, related_name="+", verbose_name=_("运行记录")
    )
    key = models.CharField(_("标识"), max_length=80)
    zone = models.CharField(_("区域"), max_length=40)
    zone_name = models.CharField(_("区域名称"), max_length=60, blank=True, default="")
    began_at = models.DateTimeField(_("开始"))
    last_at = models.DateTimeField(_("最近"))
    ended_at = models.DateTimeField(_("结束"), null=True)
    value = models.FloatField(_("数值"), default=0)
    confidence = models.FloatField(_("置信度"), default=0)
    box = models.JSONField(_("目标框"), null=True)
    facts = models.JSONField(_("事实"), default=dict)
    picture = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("画面")
    )
    plain = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("原图")
    )
    algorithm = models.CharField(_("算法版本"), max_length=90)
    parameters = models.JSONField(_("阈值"), default=dict)
    job_version = models.PositiveIntegerField(_("设置版本"))
    is_hint = models.BooleanField(_("提示级"), default=False)
    verdict = models.CharField(_("核实"), max_length=10, choices=Verdict, default=Verdict.NEW)
    judged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核实人")
    )
    judged_at = models.DateTimeField(_("核实时间"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    keep_until = models.DateField(_("图片保留至"))

    class Meta:
        verbose_name = _("分析发现")
        verbose_name_plural = _("分析发现")
        default_permissions = ()
        ordering = ["-began_at", "-pk"]
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="analysis_finding_new"),
            models.Index(
                fields=["job", "zone"],
                name="analysis_finding_open",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="analysis_finding_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("began_at")),
                name="analysis_finding_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.key}"

    @property
    def minutes(self) -> float:
        """How long it lasted, or has lasted when it was seen last."""
        return ((self.ended_at or self.last_at) - self.began_at).total_seconds() / 60


class LineTally(models.Model):
    """How many went over a line within an hour, by direction and kind. Source: VD-10."""

    job = models.ForeignKey(
        AnalysisJob, models.PROTECT, related_name="tallies", verbose_name=_("分析作业")
    )
    line = models.CharField(_("计数线"), max_length=40)
    hour = models.DateTimeField(_("小时"))
    label = models.CharField(_("类别"), max_length=20)
    entered = models.PositiveIntegerField(_("进"), default=0)
    left = models.PositiveIntegerField(_("出"), default=0)

    class Meta:
        verbose_name = _("过线计数")
        verbose_name_plural = _("过线计数")
        default_permissions = ()
        ordering = ["-hour", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "line", "hour", "label"], name="analysis_tally_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.line} {self.hour}"
