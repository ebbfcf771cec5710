"""Areas, and the words people use for places.

All geometry is SRID 4326 (WGS 84 longitude, latitude). Metres are computed in
``METRIC_SRID`` of the city (see ``places.geometry``).
"""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.utils.translation import gettext_lazy as _


class AreaLevel(models.Model):
    """One storey of the area tree; a city may have four, five or seven.

    code_length: digits this level adds to the code of its parent (GB/T 2260: 2+2+2,
    GB/T 10114: 3, community 3, grid cell 2 or 3). Source: CO-01, GB/T 30428.1.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    depth = models.PositiveSmallIntegerField(_("层级"), unique=True)
    code_length = models.PositiveSmallIntegerField(_("代码位数"))
    is_cell = models.BooleanField(_("是网格单元"), default=False)

    class Meta:
        verbose_name = _("区划层级")
        verbose_name_plural = _("区划层级")
        ordering = ["depth"]

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    """A city, district, street, community or grid cell, valid for a span of time.

    path: "/<id>/<id>/", ancestors first, this area last: "below" is a prefix match.
    code_part: the digits this area adds; the whole code is computed from the parts.
    A merged or split area is closed (valid_to) and kept; ``AreaSuccession`` says what
    follows it. Old records keep the old area.
    """

    level = models.ForeignKey(AreaLevel, models.PROTECT, related_name="areas")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    name = models.CharField(_("名称"), max_length=80)
    code_part = models.CharField(_("本级代码"), max_length=12)
    code = models.CharField(_("代码"), max_length=40)
    path = models.CharField(_("路径"), max_length=200)
    boundary = models.MultiPolygonField(_("边界"), srid=4326, null=True)
    center = models.PointField(_("中心点"), srid=4326, null=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = _("区域")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="area_code_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="area_valid_span",
            ),
        ]
        indexes = [
            models.Index(fields=["path"], name="area_path", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class AreaSuccession(models.Model):
    """``successor`` took over all or part of ``predecessor`` on a day (merge, split)."""

    predecessor = models.ForeignKey(Area, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Area, models.PROTECT, related_name="predecessions")
    on = models.DateField(_("日期"))

    class Meta:
        verbose_name = _("区划沿革")
        verbose_name_plural = _("区划沿革")
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="area_succession_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class GazetteerKind(models.TextChoices):
    """What a name in the gazetteer names, the most exact first."""

    BUILDING = "building", _("楼栋")
    NUMBER = "number", _("门牌")
    JUNCTION = "junction", _("路口")
    POI = "poi", _("兴趣点")
    ESTATE = "estate", _("小区")
    STOP = "stop", _("公交站")
    ROAD = "road", _("道路")
    AREA = "area", _("区域")


class GazetteerEntry(models.Model):
    """A name people use for a place, with where it is.

    aliases: other names of the same place. search_text: name and aliases, normalised by
    ``places.selectors.normalise``, for trigram search.
    """

    kind = models.CharField(_("类别"), max_length=12, choices=GazetteerKind)
    name = models.CharField(_("名称"), max_length=120)
    aliases = models.JSONField(_("别名"), default=list, blank=True)
    search_text = models.CharField(_("检索文本"), max_length=400)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    geometry = models.GeometryField(_("位置"), srid=4326)
    point = models.PointField(_("代表点"), srid=4326)

    class Meta:
        verbose_name = _("地名")
        verbose_name_plural = _("地名")
        indexes = [
            GinIndex(fields=["search_text"], name="gazetteer_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["kind", "name"], name="gazetteer_kind_name"),
        ]

    def __str__(self) -> str:
        return self.name
