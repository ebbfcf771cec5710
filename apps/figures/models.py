"""What was computed of the demands on a night: forecasts, and what is out of the ordinary.

Rows are written once and read by pages; a page says of which night it is. Source: MT-24.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.figures.enums import FindingKind, Method
from apps.places.models import Area


class Snapshot(models.Model):
    """One night's look at a tenant's demands.

    on: the first day foretold; the last one counted is the day before. first_day: the first
    day counted. rest_days: of the days foretold, those nobody works, as 2026-10-01. tested:
    how many counts were held against others, which is what the findings were adjusted for.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    on = models.DateField(_("预测起始日"))
    first_day = models.DateField(_("统计起始日"))
    case_count = models.PositiveIntegerField(_("案件数"))
    rest_days = models.JSONField(_("休息日"), default=list)
    tested = models.PositiveIntegerField(_("检验次数"), default=0)
    method_version = models.CharField(_("方法版本"), max_length=20)
    computed_at = models.DateTimeField(_("计算时间"))
    took_ms = models.PositiveIntegerField(_("用时(毫秒)"), default=0)

    class Meta:
        verbose_name = _("需求快照")
        verbose_name_plural = _("需求快照")
        default_permissions = ()
        permissions = [("view_figures", _("查看办件统计与预测"))]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "on"], name="figures_snapshot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.on}"


class Forecast(models.Model):
    """The days to come of one area, of one class or (empty) of all.

    history: cases per day of the last weeks, the newest last. points: per day to come
    [expected, low, high]. tested: ``forecasting.Tested.as_data``.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="forecasts")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200)
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    class_label = models.CharField(_("分类名称"), max_length=80, blank=True, default="")
    method = models.CharField(_("预测方法"), max_length=10, choices=Method)
    history = models.JSONField(_("历史"))
    points = models.JSONField(_("预测"))
    tested = models.JSONField(_("回测"))

    class Meta:
        verbose_name = _("需求预测")
        verbose_name_plural = _("需求预测")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "area", "class_code"], name="figures_forecast_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.class_label}"


class Finding(models.Model):
    """Something out of the ordinary, with all it was derived from.

    observed: cases from first_day to last_day. expected: what the others lead to expect; null
    of a repeated address, which is counted, not tested. q: the share of false alarms among the
    findings of the night down to this one. inputs: see the service that wrote it.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="findings")
    kind = models.CharField(_("类别"), max_length=10, choices=FindingKind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200)
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    class_label = models.CharField(_("分类名称"), max_length=80, blank=True, default="")
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    first_day = models.DateField(_("自"))
    last_day = models.DateField(_("至"))
    observed = models.PositiveIntegerField(_("件数"))
    expected = models.FloatField(_("预期"), null=True)
    q = models.FloatField(_("误报率"), null=True)
    inputs = models.JSONField(_("依据"))

    class Meta:
        verbose_name = _("异常发现")
        verbose_name_plural = _("异常发现")
        default_permissions = ()
        indexes = [models.Index(fields=["snapshot", "kind"], name="figures_finding_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.area_id} {self.observed}"
