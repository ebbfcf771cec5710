"""Codes by which devices enter themselves (自助登记)."""

from django.contrib.gis.db.models import PointField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.places.models import Area
from apps.sensing.models.devices import Device, DeviceProfile


class ClaimBatch(models.Model):
    """Codes for devices of one kind in one area, good until ``ends_at``.

    point: where they stand, if they all stand at one place; else each waits to be put on the map.
    """

    name = models.CharField(_("名称"), max_length=60)
    profile = models.ForeignKey(
        DeviceProfile, models.PROTECT, related_name="+", verbose_name=_("设备型号")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    owner_unit = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("权属单位"),
    )
    point = PointField(_("位置"), srid=4326, null=True, blank=True)
    ends_at = models.DateTimeField(_("有效至"))
    made_by_name = models.CharField(_("生成人"), max_length=100)
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("领取码批次")
        verbose_name_plural = _("领取码批次")
        default_permissions = ()
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ClaimCode(models.Model):
    """One code; kept as a digest, good once. is_placed: whether its device stands on the map."""

    batch = models.ForeignKey(
        ClaimBatch, models.CASCADE, related_name="codes", verbose_name=_("批次")
    )
    prefix = models.CharField(_("前缀"), max_length=8, unique=True)
    digest = models.CharField(_("摘要"), max_length=64)
    device = models.OneToOneField(
        Device, models.PROTECT, null=True, related_name="claim", verbose_name=_("感知设备")
    )
    used_at = models.DateTimeField(_("领取时间"), null=True)
    is_placed = models.BooleanField(_("已定位"), default=False)

    class Meta:
        verbose_name = _("领取码")
        verbose_name_plural = _("领取码")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(device__isnull=True, used_at__isnull=True)
                | Q(device__isnull=False, used_at__isnull=False),
                name="sensing_claim_used",
            ),
        ]

    def __str__(self) -> str:
        return self.prefix
