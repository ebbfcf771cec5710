"""Plans, runs, looks at cameras, results kept for ever, and what is usual for a camera."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.models import StoredFile
from apps.diagnosis.enums import (
    Fault,
    LookState,
    Opinion,
    RunState,
    SetState,
    Stage,
    Trigger,
    Verdict,
)
from apps.places.models import Area
from apps.video.enums import Light, Network
from apps.video.models import Camera, CameraLabel, Recorder


class ThresholdSet(models.Model):
    """One version of all thresholds; written once it is in force, only replaced after.

    values: by light, by code (see ``thresholds``). made_by, published_by: by name, the log has
    the rest. One is in force. Source: VD-06.
    """

    version = models.PositiveIntegerField(_("版本"), unique=True)
    values = models.JSONField(_("阈值"))
    state = models.CharField(_("状态"), max_length=8, choices=SetState, default=SetState.DRAFT)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    made_by_name = models.CharField(_("制定人"), max_length=100)
    made_at = models.DateTimeField(_("制定时间"))
    published_at = models.DateTimeField(_("启用时间"), null=True)

    class Meta:
        verbose_name = _("诊断阈值")
        verbose_name_plural = _("诊断阈值")
        default_permissions = ()
        permissions = [
            ("view_diagnosis", _("查看视频质量诊断")),
            ("run_diagnosis", _("发起诊断和维护预案")),
            ("keep_thresholds", _("维护诊断阈值")),
        ]
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=SetState.IN_FORCE),
                name="diagnosis_one_set_in_force",
            ),
        ]

    def __str__(self) -> str:
        return str(self.version)


class DiagnosisPlan(models.Model):
    """Which cameras are looked at, and when (诊断预案).

    Cameras: in the area and below, of the network, label and recorder where one is named.
    times: hours of the city's day as "HH:MM", sorted. recheck_after_m: minutes between a
    suspect and the second look. ptz_from, ptz_until: the hours in which heads may be turned for
    a probe; null: never. due_at: when its next run begins.
    """

    name = models.CharField(_("名称"), max_length=60)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    network = models.CharField(
        _("点位性质"), max_length=10, choices=Network, blank=True, default=""
    )
    label = models.ForeignKey(
        CameraLabel, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("标签")
    )
    recorder = models.ForeignKey(
        Recorder, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("录像机")
    )
    times = ArrayField(models.CharField(max_length=5), verbose_name=_("巡检时刻"))
    recheck_after_m = models.PositiveSmallIntegerField(_("复检间隔（分钟）"), default=10)
    ptz_from = models.TimeField(_("云台探测开始"), null=True, blank=True)
    ptz_until = models.TimeField(_("云台探测结束"), null=True, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    due_at = models.DateTimeField(_("下次巡检"))
    made_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("诊断预案")
        verbose_name_plural = _("诊断预案")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recheck_after_m__gte=1, recheck_after_m__lte=1440),
                name="diagnosis_recheck_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One round over cameras: of a plan, asked for by somebody, or the second look at suspects.

    area: of the plan or of what was asked for; decides who sees it. total: cameras in it.
    due_at: of a plan's run the moment it stood for, so that one moment makes one run.
    """

    plan = models.ForeignKey(
        DiagnosisPlan, models.PROTECT, null=True, related_name="runs", verbose_name=_("预案")
    )
    trigger = models.CharField(_("来由"), max_length=10, choices=Trigger)
    state = models.CharField(_("状态"), max_length=10, choices=RunState, default=RunState.RUNNING)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    thresholds = models.ForeignKey(
        ThresholdSet, models.PROTECT, related_name="+", verbose_name=_("阈值版本")
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("发起人")
    )
    due_at = models.DateTimeField(_("计划时刻"), null=True)
    began_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    total = models.PositiveIntegerField(_("摄像机数"), default=0)

    class Meta:
        verbose_name = _("诊断任务")
        verbose_name_plural = _("诊断任务")
        default_permissions = ()
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_at"], name="diagnosis_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_trigger_display()}"


class Result(models.Model):
    """What one look showed. Written once, kept.

    numbers: by name, see ``thresholds.NUMBERS``. findings: each with fault, number, value,
    threshold, sentence. faults: their codes, "" none. picture: one of the pictures judged.
    ending: how decoding ended. algorithm, thresholds: by what it was judged.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="diagnoses", verbose_name=_("摄像机")
    )
    run = models.ForeignKey(Run, models.PROTECT, related_name="results", verbose_name=_("诊断任务"))
    stage = models.CharField(_("阶段"), max_length=8, choices=Stage)
    taken_at = models.DateTimeField(_("取图时间"))
    light = models.CharField(_("光照"), max_length=5, choices=Light, default=Light.DAY)
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict)
    faults = ArrayField(
        models.CharField(max_length=12, choices=Fault), default=list, verbose_name=_("异常")
    )
    findings = models.JSONField(_("异常说明"), default=list)
    numbers = models.JSONField(_("指标"), default=dict)
    picture = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("画面")
    )
    ending = models.CharField(_("取流结果"), max_length=12)
    codec = models.CharField(_("编码"), max_length=80, blank=True, default="")
    took_s = models.FloatField(_("用时（秒）"), default=0)
    algorithm = models.CharField(_("算法版本"), max_length=20)
    thresholds = models.ForeignKey(
        ThresholdSet, models.PROTECT, related_name="+", verbose_name=_("阈值版本")
    )

    class Meta:
        verbose_name = _("诊断结果")
        verbose_name_plural = _("诊断结果")
        default_permissions = ()
        ordering = ["-taken_at", "-pk"]
        indexes = [models.Index(fields=["camera", "-taken_at"], name="diagnosis_of_camera")]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.get_verdict_display()}"


class Look(models.Model):
    """One camera of a run, waiting to be looked at; the claim names its worker and runs out.

    due_at: not looked at before. probes: whether its head is turned besides. why: of one that
    was skipped. attempts: claims taken so far.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="looks", verbose_name=_("诊断任务"))
    camera = models.ForeignKey(Camera, models.CASCADE, related_name="+", verbose_name=_("摄像机"))
    stage = models.CharField(_("阶段"), max_length=8, choices=Stage)
    state = models.CharField(_("状态"), max_length=8, choices=LookState, default=LookState.WAITING)
    due_at = models.DateTimeField(_("何时检测"))
    probes = models.BooleanField(_("探测云台"), default=False)
    claim = models.UUIDField(_("占用编号"), null=True)
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    result = models.OneToOneField(
        Result, models.SET_NULL, null=True, related_name="look", verbose_name=_("诊断结果")
    )
    why = models.CharField(_("未检测原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("检测点位")
        verbose_name_plural = _("检测点位")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "camera"], name="diagnosis_look_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=LookState.WAITING), name="diagnosis_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.camera_id}"


class Condition(models.Model):
    """How a camera stands now, by its newest result.

    suspects: faults seen once, with the moment; alarmed: faults whose alarm stands.
    """

    camera = models.OneToOneField(
        Camera, models.CASCADE, related_name="condition", verbose_name=_("摄像机")
    )
    result = models.ForeignKey(Result, models.CASCADE, related_name="+", verbose_name=_("最近结果"))
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict)
    faults = ArrayField(
        models.CharField(max_length=12, choices=Fault), default=list, verbose_name=_("异常")
    )
    alarmed = ArrayField(
        models.CharField(max_length=12, choices=Fault), default=list, verbose_name=_("告警中")
    )
    since = models.DateTimeField(_("自何时起"))

    class Meta:
        verbose_name = _("画面状况")
        verbose_name_plural = _("画面状况")
        default_permissions = ()
        ordering = ["camera"]
        indexes = [models.Index(fields=["verdict", "since"], name="diagnosis_by_verdict")]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.get_verdict_display()}"


class Baseline(models.Model):
    """What is usual for a camera in one light, learnt from accepted results.

    numbers: by name [median, median distance from it]; count: results it stands on.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="baselines", verbose_name=_("摄像机")
    )
    light = models.CharField(_("光照"), max_length=5, choices=Light)
    numbers = models.JSONField(_("指标"), default=dict)
    count = models.PositiveIntegerField(_("样本数"), default=0)
    learnt_at = models.DateTimeField(_("学习时间"))

    class Meta:
        verbose_name = _("常态基线")
        verbose_name_plural = _("常态基线")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["camera", "light"], name="diagnosis_baseline_once"),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.light}"


class Mark(models.Model):
    """What a person says of one fault of a result: true, or a false finding."""

    result = models.ForeignKey(
        Result, models.CASCADE, related_name="marks", verbose_name=_("诊断结果")
    )
    fault = models.CharField(_("异常"), max_length=12, choices=Fault)
    opinion = models.CharField(_("意见"), max_length=5, choices=Opinion)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("标注人"))
    at = models.DateTimeField(_("标注时间"))

    class Meta:
        verbose_name = _("人工标注")
        verbose_name_plural = _("人工标注")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["result", "fault"], name="diagnosis_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.result_id} {self.fault}"
