"""What the nightly scan found: places and classes with too many reports, phrases on the rise."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.places.models import Area
from apps.voices.enums import Window


class HeatScan(models.Model):
    """One scan of one day; run again it replaces what it found.

    tested: combinations of area, class and window that were tested. spread: variance of past
    counts over their mean, at least 1; how much wider than Poisson the tests are.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    day = models.DateField(_("日期"))
    ran_at = models.DateTimeField(_("计算时间"))
    tested = models.PositiveIntegerField(_("检验数"), default=0)
    reports = models.PositiveIntegerField(_("诉求数"), default=0)
    spread = models.FloatField(_("离散系数"), default=1.0)

    class Meta:
        verbose_name = _("热点扫描")
        verbose_name_plural = _("热点扫描")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="heat_scan_once")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.day}"


class HotSpot(models.Model):
    """More reporters of one class in one area and window than the same days of past weeks.

    observed: distinct reporters. expected: mean of the same window in the 8 weeks before.
    p_value: how often chance alone gives as many; q_value: share of false ones among all found
    at least as clear. limit: the q below which it is reported here.
    """

    scan = models.ForeignKey(HeatScan, models.CASCADE, related_name="spots")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200)
    class_code = models.CharField(_("分类"), max_length=40)
    class_label = models.CharField(_("分类名称"), max_length=80)
    window = models.PositiveSmallIntegerField(_("时段"), choices=Window)
    day = models.DateField(_("截止日期"))
    observed = models.PositiveIntegerField(_("实际人数"))
    expected = models.FloatField(_("预期人数"))
    p_value = models.FloatField(_("p 值"))
    q_value = models.FloatField(_("q 值"))
    limit = models.FloatField(_("门槛"))
    point = models.PointField(_("位置"), srid=4326, null=True)

    class Meta:
        verbose_name = _("诉求热点")
        verbose_name_plural = _("诉求热点")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["scan", "area", "class_code", "window"], name="hot_spot_once"
            )
        ]
        indexes = [models.Index(fields=["tenant", "-day"], name="hot_spot_newest")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.class_code} {self.day}"


class RisingPhrase(models.Model):
    """Words more reports of the week have than those of the weeks before.

    observed: reports that have them; expected: what the share of the weeks before would give.
    strength: log-likelihood ratio (G²) of the two shares. case_ids: some of the reports.
    """

    scan = models.ForeignKey(HeatScan, models.CASCADE, related_name="phrases")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    day = models.DateField(_("截止日期"))
    text = models.CharField(_("升温词"), max_length=20)
    observed = models.PositiveIntegerField(_("实际件数"))
    expected = models.FloatField(_("预期件数"))
    strength = models.FloatField(_("强度"))
    case_ids = models.JSONField(_("相关诉求"), default=list)

    class Meta:
        verbose_name = _("升温词")
        verbose_name_plural = _("升温词")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["scan", "text"], name="phrase_once")]
        indexes = [models.Index(fields=["tenant", "-day"], name="phrase_newest")]

    def __str__(self) -> str:
        return self.text


class StopPhrase(models.Model):
    """Words that never count as rising; kept by the city."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    text = models.CharField(_("停用词"), max_length=20)
    added_at = models.DateTimeField(_("添加时间"))
    added_by_name = models.CharField(_("添加人"), max_length=100)

    class Meta:
        verbose_name = _("停用词")
        verbose_name_plural = _("停用词")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["tenant", "text"], name="stop_phrase_once")]

    def __str__(self) -> str:
        return self.text
