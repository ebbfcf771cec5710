"""What is looked at in readings: how far neighbours may differ, where things may move."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.alarms.enums import Level
from apps.observing.enums import FenceRule
from apps.sensing.models import Device, DeviceProfile, ProfileField


class NeighbourRule(models.Model):
    """How the values of a field are held against those of the nearest devices of the kind.

    nearest: so many at most, within radius_m of the device. z_limit: so many robust deviations
    from their median are too many. least_spread: a deviation is never taken for smaller, in the
    field's unit, so that stations which agree to the digit do not make each other suspect.
    Source: IO-05, decision 0063.
    """

    field = models.OneToOneField(
        ProfileField,
        models.CASCADE,
        primary_key=True,
        related_name="neighbour_rule",
        verbose_name=_("字段"),
    )
    radius_m = models.PositiveIntegerField(_("范围（米）"))
    nearest = models.PositiveSmallIntegerField(_("最多比较几台"), default=8)
    z_limit = models.FloatField(_("偏离倍数上限"), default=6)
    least_spread = models.FloatField(_("最小离散度"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("邻近比对规则")
        verbose_name_plural = _("邻近比对规则")
        default_permissions = ()
        ordering = ["field_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(radius_m__gte=1, nearest__gte=4, z_limit__gt=0, least_spread__gt=0),
                name="observing_neighbour_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field_id}"


class LastFix(models.Model):
    """Where a moving device was last; it only moves forward in time. Source: IO-13."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="last_fix",
        verbose_name=_("感知设备"),
    )  # fmt: skip
    point = models.PointField(_("位置"), srid=4326)
    at = models.DateTimeField(_("定位时间"))
    speed_kmh = models.FloatField(_("速度（公里/小时）"), null=True)

    class Meta:
        verbose_name = _("最新位置")
        verbose_name_plural = _("最新位置")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class Geofence(models.Model):
    """A piece of ground moving devices may not enter, leave, or be on at some hours.

    unit: whose devices it watches (theirs and those of the units below), and who answers for
    its alarms. profile, devices: only these; empty: all of the unit. from_time, to_time: of the
    city's clock, past midnight where from is later; empty: always. margin_m: so far beyond the
    border a device has left; confirm_fixes: so many fixes in a row make it so. Source: IO-13.
    """

    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    boundary = models.PolygonField(_("边界"), srid=4326)
    rule = models.CharField(_("规则"), max_length=8, choices=FenceRule)
    profile = models.ForeignKey(
        DeviceProfile, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("设备型号"),
    )  # fmt: skip
    devices = models.ManyToManyField(
        Device, blank=True, related_name="geofences", verbose_name=_("只看这些设备")
    )
    from_time = models.TimeField(_("自几时"), null=True, blank=True)
    to_time = models.TimeField(_("至几时"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("告警级别"), choices=Level)
    margin_m = models.PositiveSmallIntegerField(_("边界余量（米）"), default=50)
    confirm_fixes = models.PositiveSmallIntegerField(_("连续几次定位确认"), default=2)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("电子围栏")
        verbose_name_plural = _("电子围栏")
        default_permissions = ()
        permissions = [("keep_geofences", _("维护电子围栏"))]
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirm_fixes__range=(1, 10), margin_m__lte=1000),
                name="observing_fence_limits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FenceState(models.Model):
    """How a device stands to a fence. is_inside: null before its first fix.

    doubt: so many fixes in a row say otherwise. is_breaking: an alarm was raised for it.
    """

    fence = models.ForeignKey(
        Geofence, models.CASCADE, related_name="states", verbose_name=_("电子围栏")
    )
    device = models.ForeignKey(Device, models.CASCADE, related_name="+", verbose_name=_("感知设备"))
    is_inside = models.BooleanField(_("在围栏内"), null=True)
    doubt = models.PositiveSmallIntegerField(_("相反的定位次数"), default=0)
    is_breaking = models.BooleanField(_("违反规则"), default=False)
    fixed_at = models.DateTimeField(_("定位时间"), null=True)

    class Meta:
        verbose_name = _("围栏状态")
        verbose_name_plural = _("围栏状态")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["fence", "device"], name="observing_state_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fence_id} {self.device_id}"
