"""Targets beside assets, the checks made of them, and what was measured."""

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.monitoring.enums import Breach, CheckKind, State, TargetKind


class Target(models.Model):
    """One installed thing that is watched over the network. Source: OP-02, OP-04, VD-07.

    host: an IP address within the device networks, never a name. state: of all its checks
    together, since state_since: down when every vital check that says anything failed three
    times in a row; degraded when a check fails or a figure is beyond its limit. answered_at: the
    last answer to a vital check. skew_s: how far the thing's own clock is ahead of ours, null if
    never told; it is shown and alarmed, and no interval is moved by it.
    """

    asset = models.OneToOneField(
        Asset, models.PROTECT, related_name="target", verbose_name=_("部件")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=TargetKind)
    host = models.GenericIPAddressField(_("IP 地址"))
    is_active = models.BooleanField(_("启用"), default=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.UNKNOWN)
    state_since = models.DateTimeField(_("状态起始时间"))
    answered_at = models.DateTimeField(_("最近应答"), null=True)
    skew_s = models.FloatField(_("时钟偏差（秒）"), null=True)
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("监控对象")
        verbose_name_plural = _("监控对象")
        default_permissions = ()
        ordering = ["asset__code"]
        permissions = [
            ("view_monitoring", _("查看运维监控")),
            ("run_checks", _("执行一键运维检查")),
            ("keep_targets", _("登记监控对象与检查项")),
        ]
        indexes = [models.Index(fields=["kind", "state"], name="monitoring_target_state")]

    def __str__(self) -> str:
        return str(self.asset)


class Check(models.Model):
    """One question asked of a target again and again.

    port: 0 where the protocol has none. settings: what is asked, by kind (path, text, query,
    version); secret: what we prove ourselves with, JSON encrypted with the key of this
    installation. is_vital: without its answer the thing is out. claim, claimed_until: one worker
    asks until then. failures: in a row; failing_since: the first of them. problem: why the last
    one failed; hindrance: why we could not even ask (no permission, address refused), which is no
    failure of the thing. memo: of the last answer, what rates are counted from. parts: of the
    last answer, rows of {"kind", "name", "trouble", "text", "facts"}, and "is_gone" where a disk
    is told of no more.
    """

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="checks", verbose_name=_("监控对象")
    )
    kind = models.CharField(_("方式"), max_length=8, choices=CheckKind)
    name = models.CharField(_("名称"), max_length=60)
    port = models.PositiveIntegerField(_("端口"), default=0)
    settings: Any = models.JSONField(_("参数"), default=dict, blank=True)
    secret = models.TextField(_("凭据（密文）"), blank=True, default="")
    every_s = models.PositiveIntegerField(_("周期（秒）"), default=60)
    timeout_s = models.PositiveSmallIntegerField(_("超时（秒）"), default=3)
    is_vital = models.BooleanField(_("决定是否在线"), default=True)
    is_active = models.BooleanField(_("启用"), default=True)
    due_at = models.DateTimeField(_("下次检查"))
    claim = models.UUIDField(_("占用编号"), null=True)
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    asked_at = models.DateTimeField(_("最近检查"), null=True)
    answered_at = models.DateTimeField(_("最近应答"), null=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    failing_since = models.DateTimeField(_("失败起始时间"), null=True)
    problem = models.CharField(_("最近错误"), max_length=200, blank=True, default="")
    hindrance = models.CharField(_("无法检查的原因"), max_length=200, blank=True, default="")
    memo: Any = models.JSONField(default=dict)
    parts: Any = models.JSONField(_("部件"), default=list)

    class Meta:
        verbose_name = _("检查项")
        verbose_name_plural = _("检查项")
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], name="monitoring_check_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(timeout_s__gte=1, timeout_s__lte=10)
                & Q(every_s__gte=10, every_s__lte=86400)
                & Q(port__lte=65535),
                name="monitoring_check_bounded",
            ),
            models.UniqueConstraint(fields=["target", "name"], name="monitoring_check_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """One figure of a check, with its limits. value = raw x scale, in unit.

    address: where it stands in the answer (object identifier, metric with labels); "" for what
    the kind of check measures by itself, named by code (``time_ms``, ``days_left``). A limit is
    passed when the value is above it (below it, where is_below) for lasting_s on end; breach is
    what has lasted long enough, pending what is being waited for, since pending_since.
    asks_capacity: beyond its limit more capacity is asked for (OP-20).
    """

    check_item = models.ForeignKey(
        Check, models.CASCADE, related_name="measures", verbose_name=_("检查项")
    )
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=40)
    unit = models.CharField(_("单位"), max_length=12, blank=True, default="")
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    scale = models.FloatField(_("倍率"), default=1)
    warn = models.FloatField(_("预警值"), null=True, blank=True)
    critical = models.FloatField(_("严重值"), null=True, blank=True)
    is_below = models.BooleanField(_("低于时告警"), default=False)
    lasting_s = models.PositiveIntegerField(_("持续（秒）"), default=0)
    asks_capacity = models.BooleanField(_("超限时申请扩容"), default=False)
    value = models.FloatField(_("最近值"), null=True)
    measured_at = models.DateTimeField(_("测量时间"), null=True)
    breach = models.PositiveSmallIntegerField(_("超限"), choices=Breach, default=Breach.NONE)
    pending = models.PositiveSmallIntegerField(choices=Breach, default=Breach.NONE)
    pending_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("监控指标")
        verbose_name_plural = _("监控指标")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_item", "code"], name="monitoring_measure_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Sample(models.Model):
    """One measured value; forgotten after a week, kept by the hour in ``HourFigure``."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="samples")
    at = models.DateTimeField(_("时间"))
    value = models.FloatField(_("数值"))

    class Meta:
        verbose_name = _("监控数值")
        verbose_name_plural = _("监控数值")
        default_permissions = ()
        indexes = [
            models.Index(fields=["measure", "at"], name="monitoring_sample_series"),
            BrinIndex(fields=["at"], name="monitoring_sample_time"),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.at} {self.value}"


class HourFigure(models.Model):
    """What was measured within an hour: how often, lowest, highest, mean. hour: its begin."""

    measure = models.ForeignKey(Measure, models.CASCADE, related_name="hours")
    hour = models.DateTimeField(_("小时"))
    count = models.PositiveIntegerField(_("次数"))
    low = models.FloatField(_("最低"))
    high = models.FloatField(_("最高"))
    mean = models.FloatField(_("平均"))

    class Meta:
        verbose_name = _("小时监控数值")
        verbose_name_plural = _("小时监控数值")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["measure", "hour"], name="monitoring_hour_once"),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.hour}"
