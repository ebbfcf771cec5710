"""What the local map draws."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.places.enums import MapFeatureKind


class BaseMapFeature(models.Model):
    """One thing drawn on the local base map.

    min_zoom: the Web Mercator zoom from which it is drawn. rank: 1 is drawn and kept first
    when a view holds more than may be sent (1 arterial road, 2 street, 3 lane).
    """

    kind = models.CharField(_("类别"), max_length=10, choices=MapFeatureKind)
    name = models.CharField(_("名称"), max_length=120, blank=True, default="")
    geometry = models.GeometryField(_("图形"), srid=4326)
    min_zoom = models.PositiveSmallIntegerField(_("最小级别"))
    rank = models.PositiveSmallIntegerField(_("次序"), default=5)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("底图要素")
        verbose_name_plural = _("底图要素")

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class MapVersion(models.Model):
    """The one row whose number grows whenever areas or the base map change (ETag, caches)."""

    version = models.PositiveIntegerField(_("版本"), default=0)

    class Meta:
        verbose_name = _("地图数据版本")
        verbose_name_plural = _("地图数据版本")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="map_version_one_row")]

    def __str__(self) -> str:
        return str(self.version)
