"""The register of what is installed in the city: one thing, one row.

Cameras, sensors and servers of higher layers are one-to-one with an asset.
"""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.assets.enums import AssetState
from apps.places.models import Area


class AssetClass(models.Model):
    """A kind of street furniture (部件小类) within a large class (部件大类).

    code: 2 digits of the large class and 2 of the kind. icon: name of a line icon.
    """

    code = models.CharField(_("代码"), max_length=4, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    large_class = models.CharField(_("大类"), max_length=40)
    icon = models.SlugField(_("图标"), blank=True, default="")

    class Meta:
        verbose_name = _("部件类别")
        verbose_name_plural = _("部件类别")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """One thing with a place, an owner and a state.

    The 16-digit code (6 region, 2 large class, 2 kind, 6 serial) is computed from
    region_code, kind and serial. Source: CJ/T 214, GB/T 30428.2.
    owner_unit: who it belongs to (权属单位). maintainer: who repairs it (养护单位).
    since: the day it was put into use; null if nobody knows.
    """

    kind = models.ForeignKey(
        AssetClass, models.PROTECT, related_name="assets", verbose_name=_("类别")
    )
    region_code = models.CharField(_("区划代码"), max_length=6)
    serial = models.PositiveIntegerField(_("序号"))
    code = models.CharField(_("编码"), max_length=16, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    point = models.PointField(_("位置"), srid=4326)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区域")
    )
    owner_unit = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("权属单位"),
    )
    maintainer = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("养护单位"),
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=AssetState, default=AssetState.IN_USE
    )
    since = models.DateField(_("启用日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("部件")
        verbose_name_plural = _("部件")
        permissions = [("register_asset", _("登记部件"))]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "kind", "serial"], name="asset_serial_once"
            ),
            models.CheckConstraint(
                condition=models.Q(serial__gte=1, serial__lte=999_999), name="asset_serial_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name
