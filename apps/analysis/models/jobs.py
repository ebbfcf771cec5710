"""What is watched for on which camera, and every time it was."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level
from apps.algorithms.models import Algorithm
from apps.analysis.enums import ChangeState, Retention
from apps.places.models import Area
from apps.video.models import Camera


class AnalysisJob(models.Model):
    """One algorithm on one camera. Source: VD-09, VD-10.

    drawing: lines, zones, scale and gauge in shares of the picture (``drawings.check_drawing``).
    parameters: thresholds that differ from the algorithm's own; version: of drawing and
    parameters, counted up by every change. window_s: how long one run looks; every_s: from begin
    to begin. hours: spans of the week in which it runs, empty for always: [{"days": [0-6], "from":
    "HH:MM", "to": "HH:MM"}], city time. alarm_level: null for no alarm. limit: people inside
    (in minus out of today) at which there is one, of line counts.
    """

    camera = models.ForeignKey(
        Camera, models.PROTECT, related_name="analysis_jobs", verbose_name=_("摄像机")
    )
    name = models.CharField(_("名称"), max_length=60)
    algorithm = models.ForeignKey(
        Algorithm, models.PROTECT, related_name="+", verbose_name=_("算法")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区域")
    )
    drawing = models.JSONField(_("标绘"), default=dict)
    parameters = models.JSONField(_("阈值"), default=dict)
    version = models.PositiveIntegerField(_("设置版本"), default=1)
    per_second = models.FloatField(_("每秒帧数"), default=5)
    window_s = models.PositiveIntegerField(_("每次分析时长（秒）"), default=60)
    every_s = models.PositiveIntegerField(_("间隔（秒）"), default=60)
    hours = models.JSONField(_("运行时段"), default=list, blank=True)
    priority = models.PositiveSmallIntegerField(_("优先级"), default=5)
    label = models.SlugField(_("工作节点标签"), max_length=40, blank=True, default="")
    alarm_level = models.PositiveSmallIntegerField(
        _("告警级别"), choices=Level.choices, null=True, blank=True
    )
    limit = models.PositiveIntegerField(_("在内人数上限"), null=True, blank=True)
    retention = models.CharField(
        _("图片保留"), max_length=8, choices=Retention, default=Retention.ORDER
    )
    is_active = models.BooleanField(_("启用"), default=True)
    due_at = models.DateTimeField(_("下次运行"))
    created_at = models.DateTimeField(_("建立时间"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("建立人")
    )
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")
    ran_at = models.DateTimeField(_("最近运行"), null=True)

    class Meta:
        verbose_name = _("分析作业")
        verbose_name_plural = _("分析作业")
        default_permissions = ()
        ordering = ["name", "pk"]
        permissions = [
            ("view_analysis", _("查看视频分析")),
            ("keep_analysis", _("维护视频分析作业")),
            ("judge_findings", _("核实分析发现")),
            ("reveal_pictures", _("查看未遮挡的原图")),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="analysis_due", condition=Q(is_active=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(per_second__gt=0, per_second__lte=25)
                & Q(window_s__gte=5, window_s__lte=600)
                & Q(every_s__gte=F("window_s"), every_s__lte=86400)
                & Q(priority__gte=1, priority__lte=9),
                name="analysis_job_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """One run of a job: with which version and thresholds, and how it ended. Never changed.

    ending: of the decoder (``decoding.enums.Ending``); text: more about it.
    """

    job = models.ForeignKey(
        AnalysisJob, models.CASCADE, related_name="runs", verbose_name=_("分析作业")
    )
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"))
    algorithm = models.CharField(_("算法版本"), max_length=90)
    parameters = models.JSONField(_("阈值"), default=dict)
    job_version = models.PositiveIntegerField(_("设置版本"))
    frames = models.PositiveIntegerField(_("帧数"), default=0)
    ms = models.PositiveIntegerField(_("计算毫秒"), default=0)
    ending = models.CharField(_("结果"), max_length=12)
    text = models.CharField(_("说明"), max_length=200, blank=True, default="")
    scalar = models.FloatField(_("读数"), null=True)

    class Meta:
        verbose_name = _("运行记录")
        verbose_name_plural = _("运行记录")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.pk)


class ThresholdChange(models.Model):
    """A new threshold somebody or the marked findings suggest; another person puts it in force.

    evidence: how many findings were right and false, and how many false ones it would have kept
    away. proposed_by: null where the platform suggested it.
    """

    job = models.ForeignKey(
        AnalysisJob, models.CASCADE, related_name="changes", verbose_name=_("分析作业")
    )
    code = models.CharField(_("阈值"), max_length=40)
    before = models.FloatField(_("原值"))
    after = models.FloatField(_("新值"))
    evidence = models.JSONField(_("依据"), default=dict)
    state = models.CharField(
        _("状态"), max_length=8, choices=ChangeState, default=ChangeState.WAITING
    )
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)

    class Meta:
        verbose_name = _("阈值调整")
        verbose_name_plural = _("阈值调整")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "code"], condition=Q(state="waiting"), name="analysis_change_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(proposed_by=None)
                | ~Q(decided_by=F("proposed_by")),
                name="analysis_change_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.code}"
