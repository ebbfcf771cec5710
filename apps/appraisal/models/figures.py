"""What a computation came to, and every row it counted."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appraisal.enums import Cause, FactKind, Indicator, SubjectKind
from apps.appraisal.models.runs import Pass
from apps.assets.models import Asset


class PointFigure(models.Model):
    """One point while it lay in one area under one vendor, within the month.

    code, name, area_name, area_path, vendor: as they were then. rates: good and due by indicator.
    seconds: by condition; causes: seconds not up, by cause. bar: [began, ended, condition, cause,
    keys] of every piece in order, in seconds since 1970. digest: SHA-256 of its inputs.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="points")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    code = models.CharField(_("编码"), max_length=16)
    name = models.CharField(_("名称"), max_length=80)
    kind_name = models.CharField(_("类别"), max_length=40)
    area_id = models.BigIntegerField(_("区域编号"), null=True)
    area_name = models.CharField(_("区域"), max_length=80, blank=True, default="")
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    vendor = models.CharField(_("维保单位"), max_length=80, blank=True, default="")
    began_at = models.DateTimeField(_("起"))
    ended_at = models.DateTimeField(_("止"))
    seconds: Any = models.JSONField(_("时长（秒）"))
    causes: Any = models.JSONField(_("各原因时长（秒）"))
    outages = models.PositiveIntegerField(_("中断次数"), default=0)
    rates: Any = models.JSONField(_("指标"))
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True)
    bar: Any = models.JSONField(_("区间"))
    digest = models.CharField(_("输入摘要"), max_length=64)

    class Meta:
        verbose_name = _("点位考核")
        verbose_name_plural = _("点位考核")
        default_permissions = ()
        ordering = ["code", "began_at"]
        constraints = [
            models.UniqueConstraint(fields=["of", "asset", "began_at"], name="ops_point_once"),
        ]
        indexes = [
            models.Index(fields=["of", "area_path"], name="ops_point_area"),
            models.Index(fields=["of", "vendor"], name="ops_point_vendor"),
        ]

    def __str__(self) -> str:
        return self.name


class PointFact(models.Model):
    """One row a figure was made of: an outage, a day of recording, an order, a day of looks.

    key: kind and number of the row it comes from, "outage:12". cause, planned: as counted.
    detail: what a day of recording or looks held. ruled: the appeal that changed it, as counted.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="facts")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    kind = models.CharField(_("来源"), max_length=9, choices=FactKind)
    key = models.CharField(_("来源编号"), max_length=60)
    label = models.CharField(_("内容"), max_length=160)
    began_at = models.DateTimeField(_("起"))
    ended_at = models.DateTimeField(_("止"), null=True)
    cause = models.CharField(_("原因"), max_length=9, choices=Cause, blank=True, default="")
    planned = models.BooleanField(_("计划内"), default=False)
    known = models.BooleanField(_("已知"), default=True)
    left_out = models.BooleanField(_("不计入"), default=False)
    ruled_id = models.BigIntegerField(_("申诉编号"), null=True)
    detail: Any = models.JSONField(_("明细"), default=dict)

    class Meta:
        verbose_name = _("考核依据")
        verbose_name_plural = _("考核依据")
        default_permissions = ()
        ordering = ["began_at", "key"]
        constraints = [
            models.UniqueConstraint(fields=["of", "key"], name="ops_fact_once"),
        ]
        indexes = [models.Index(fields=["of", "asset"], name="ops_fact_asset")]

    def __str__(self) -> str:
        return self.label


class SubjectLine(models.Model):
    """One district, street or vendor in a computation. key: of the area, or the vendor's name.

    place: equal scores share one; null without a score.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="lines")
    kind = models.CharField(_("对象"), max_length=8, choices=SubjectKind)
    key = models.CharField(_("对象编号"), max_length=80)
    name = models.CharField(_("名称"), max_length=80)
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    points = models.PositiveIntegerField(_("点位数"))
    outages = models.PositiveIntegerField(_("中断次数"))
    seconds: Any = models.JSONField(_("时长（秒）"))
    causes: Any = models.JSONField(_("各原因时长（秒）"))
    rates: Any = models.JSONField(_("指标"))
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True)
    place = models.PositiveIntegerField(_("名次"), null=True)

    class Meta:
        verbose_name = _("考核排名")
        verbose_name_plural = _("考核排名")
        default_permissions = ()
        ordering = ["kind", models.F("place").asc(nulls_last=True), "name"]
        constraints = [
            models.UniqueConstraint(fields=["of", "kind", "key"], name="ops_line_once"),
        ]

    def __str__(self) -> str:
        return self.name


class FigureChange(models.Model):
    """A figure that differs from the computation before, and the rows that made it so.

    before, after: "good/due", "" where there was none. because: keys of rows that came, went
    or changed; empty where the scheme did.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="changes")
    code = models.CharField(_("编码"), max_length=16)
    name = models.CharField(_("名称"), max_length=80)
    indicator = models.CharField(_("指标"), max_length=9, choices=Indicator)
    before = models.CharField(_("此前"), max_length=60, blank=True)
    after = models.CharField(_("现在"), max_length=60, blank=True)
    because: Any = models.JSONField(_("变化的依据"), default=list)

    class Meta:
        verbose_name = _("重新计算的变化")
        verbose_name_plural = _("重新计算的变化")
        default_permissions = ()
        ordering = ["code", "indicator", "pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.indicator}"
