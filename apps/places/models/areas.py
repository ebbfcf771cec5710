"""The area tree and what became of its areas."""

from datetime import date

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.places.enums import ImportState


class AreaLevel(models.Model):
    """One storey of the area tree; a city may have four, five or seven.

    code_length: digits this level adds to the code of its parent (GB/T 2260: 4 for a city,
    2 more for a district; GB/T 10114: 3; community 3; grid cell 2 or 3).
    Source: CO-01, GB/T 2260, GB/T 10114, GB/T 30428.1.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    depth = models.PositiveSmallIntegerField(
        _("层级"), unique=True, validators=[MinValueValidator(1)]
    )
    code_length = models.PositiveSmallIntegerField(_("代码位数"), validators=[MinValueValidator(1)])
    is_cell = models.BooleanField(_("是网格单元"), default=False)

    class Meta:
        verbose_name = _("区划层级")
        verbose_name_plural = _("区划层级")
        ordering = ["depth"]

    def __str__(self) -> str:
        return self.name


class AreaQuerySet(models.QuerySet["Area"]):
    def valid_on(self, day: date) -> "AreaQuerySet":
        """Areas in force on a day; the closing day itself belongs to the successor."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def below(self, prefixes: list[str]) -> "AreaQuerySet":
        """Areas whose path starts with any of the prefixes; none for an empty list."""
        condition = Q(pk__in=[])
        for prefix in prefixes:
            condition |= Q(path__startswith=prefix)
        return self.filter(condition)


class Area(models.Model):
    """A city, district, street, community or grid cell, valid for a span of days.

    path: "/<id>/<id>/", ancestors first, this area last: "below" is a prefix match.
    code_part: the digits this area adds; ``code`` is computed from the parts on writing.
    A merged or split area is closed (valid_to, exclusive) and kept; ``AreaSuccession`` says
    what follows it. Old records keep the old area.
    source: where the boundary comes from; "synthetic-demo" marks the invented city.
    """

    level = models.ForeignKey(
        AreaLevel, models.PROTECT, related_name="areas", verbose_name=_("层级")
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级区域"),
    )
    name = models.CharField(_("名称"), max_length=80)
    code_part = models.CharField(_("本级代码"), max_length=12)
    code = models.CharField(_("代码"), max_length=40)
    path = models.CharField(_("路径"), max_length=200)
    boundary = models.MultiPolygonField(_("边界"), srid=4326, null=True, blank=True)
    center = models.PointField(_("中心点"), srid=4326, null=True, blank=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = _("区域")
        ordering = ["code"]
        permissions = [
            ("manage_areas", _("管理区划与地名")),
            ("draw_cells", _("绘制和核对网格")),
        ]
        constraints = [
            ExclusionConstraint(
                name="area_code_once_at_a_time",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="area_valid_span",
            ),
        ]
        indexes = [
            models.Index(fields=["path"], name="area_path", opclasses=["text_pattern_ops"]),
            models.Index(fields=["name"], name="area_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_synthetic(self) -> bool:
        """Whether this area belongs to an invented city and may not be taken for a real one."""
        return self.source.startswith("synthetic")


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
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="area_succession_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class AreaImport(models.Model):
    """One file of areas: kept from its preview until it is applied, with the stated CRS.

    content: the file as it came, emptied when applied (the digest stays).
    actor_id, actor_name: by value; people live in a higher layer.
    """

    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("摘要"), max_length=64)
    content = models.BinaryField(_("内容"), blank=True, default=b"")
    crs = models.CharField(_("坐标系"), max_length=20)
    level = models.ForeignKey(AreaLevel, models.PROTECT, related_name="+", verbose_name=_("层级"))
    valid_from = models.DateField(_("生效日期"))
    source = models.CharField(_("来源"), max_length=120)
    state = models.CharField(
        _("状态"), max_length=12, choices=ImportState, default=ImportState.PREVIEWED
    )
    summary = models.JSONField(_("摘要信息"), default=dict)
    actor_id = models.CharField(_("操作人编号"), max_length=40, blank=True, default="")
    actor_name = models.CharField(_("操作人"), max_length=100)
    created_at = models.DateTimeField(_("上传时间"))
    applied_at = models.DateTimeField(_("写入时间"), null=True)

    class Meta:
        verbose_name = _("区划导入")
        verbose_name_plural = _("区划导入")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
