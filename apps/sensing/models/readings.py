"""What devices report: series, readings by day, the latest of each, figures, refusals."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.sensing.enums import Flaw, Quality, Refusal
from apps.sensing.models.devices import Device, ProfileField


class Datastream(models.Model):
    """One field of one device: the series its readings belong to."""

    device = models.ForeignKey(
        Device, models.PROTECT, related_name="series", verbose_name=_("感知设备")
    )
    field = models.ForeignKey(
        ProfileField, models.PROTECT, related_name="+", verbose_name=_("字段")
    )

    class Meta:
        verbose_name = _("数据流")
        verbose_name_plural = _("数据流")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["device", "field"], name="sensing_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id}/{self.field_id}"


class Reading(models.Model):
    """One value of one series at one moment. Partitioned by day (``partitions``).

    series_id is no foreign key: a check per row would cost more than the row. value: a number,
    1 and 0 for yes and no, null for a category or a gap. label: the code of a category.
    Its value is never changed; it may be found suspect later. Dropped by the day.
    """

    pk = models.CompositePrimaryKey("series_id", "at")
    series_id = models.BigIntegerField(_("数据流"))
    at = models.DateTimeField(_("时间"))
    value = models.FloatField(_("数值"), null=True)
    quality = models.SmallIntegerField(_("质量"), choices=Quality)
    flaw = models.SmallIntegerField(_("可疑原因"), choices=Flaw, default=Flaw.NONE)
    label = models.TextField(_("类别"), null=True)

    class Meta:
        verbose_name = _("读数")
        verbose_name_plural = _("读数")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.at}"


class Latest(models.Model):
    """The newest reading of a series; it only moves forward. same_since: unchanged since then."""

    series = models.OneToOneField(
        Datastream, models.CASCADE, primary_key=True, related_name="latest",
        verbose_name=_("数据流"),
    )  # fmt: skip
    at = models.DateTimeField(_("时间"))
    value = models.FloatField(_("数值"), null=True)
    quality = models.SmallIntegerField(_("质量"), choices=Quality)
    flaw = models.SmallIntegerField(_("可疑原因"), choices=Flaw, default=Flaw.NONE)
    label = models.TextField(_("类别"), null=True)
    same_since = models.DateTimeField(_("不变自"))

    class Meta:
        verbose_name = _("最新读数")
        verbose_name_plural = _("最新读数")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.at}"


class _Figure(models.Model):
    """Figures of a series over a span. Suspect readings are counted, not averaged."""

    series_id = models.BigIntegerField(_("数据流"))
    count = models.PositiveIntegerField(_("读数"))
    suspects = models.PositiveIntegerField(_("可疑"))
    low = models.FloatField(_("最小"), null=True)
    high = models.FloatField(_("最大"), null=True)
    total = models.FloatField(_("合计"), null=True)
    counted = models.PositiveIntegerField(_("计入平均的读数"))

    class Meta:
        abstract = True
        default_permissions = ()

    @property
    def mean(self) -> float | None:
        """The mean of what counts; None where nothing does."""
        return self.total / self.counted if self.total is not None and self.counted else None


class HourFigure(_Figure):
    """Figures of one hour. hour: its beginning."""

    pk = models.CompositePrimaryKey("series_id", "hour")
    hour = models.DateTimeField(_("小时"))

    class Meta(_Figure.Meta):
        verbose_name = _("小时值")
        verbose_name_plural = _("小时值")

    def __str__(self) -> str:
        return f"{self.series_id} {self.hour}"


class DayFigure(_Figure):
    """Figures of one day of the city."""

    pk = models.CompositePrimaryKey("series_id", "day")
    day = models.DateField(_("日期"))

    class Meta(_Figure.Meta):
        verbose_name = _("日均值")
        verbose_name_plural = _("日均值")

    def __str__(self) -> str:
        return f"{self.series_id} {self.day}"


class RollupDue(models.Model):
    """An hour whose figures were made before late readings of it came.

    bucket: series id divided by ``rollups.BUCKET``; minute: when the readings came, so that
    whoever computes never takes away the mark of a flush that is not committed yet.
    """

    hour = models.DateTimeField(_("小时"))
    bucket = models.BigIntegerField(_("数据流分组"))
    minute = models.DateTimeField(_("到达分钟"))

    class Meta:
        verbose_name = _("待重算的小时")
        verbose_name_plural = _("待重算的小时")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["hour", "bucket", "minute"], name="sensing_due_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.bucket}"


class PendingEvaluation(models.Model):
    """Stored readings that an evaluator has stumbled over; tried again by the clock.

    readings: as ``registry.Reading`` says it, with times as ISO text.
    """

    readings = models.JSONField(_("读数"))
    evaluator = models.CharField(_("评估者"), max_length=120)
    error = models.CharField(_("错误"), max_length=300)
    tries = models.PositiveSmallIntegerField(_("次数"), default=1)
    created_at = models.DateTimeField(_("发生时间"))

    class Meta:
        verbose_name = _("待重新评估的读数")
        verbose_name_plural = _("待重新评估的读数")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.evaluator} {self.created_at}"


class IntakeRefusal(models.Model):
    """How often something was refused on a day, per reason and node. node "": past counting."""

    day = models.DateField(_("日期"))
    reason = models.CharField(_("原因"), max_length=16, choices=Refusal)
    node = models.CharField(_("节点编号"), max_length=64, blank=True, default="")
    count = models.PositiveBigIntegerField(_("次数"))
    last_at = models.DateTimeField(_("最近"))
    detail = models.CharField(_("最近一次"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("拒收")
        verbose_name_plural = _("拒收")
        default_permissions = ()
        ordering = ["-day", "-last_at"]
        constraints = [
            models.UniqueConstraint(fields=["day", "reason", "node"], name="sensing_refusal_once"),
        ]
        indexes = [
            models.Index(fields=["node"], name="sensing_refusal_node", condition=~Q(node="")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason} {self.node}"
