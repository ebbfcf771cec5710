"""Grid cells under review: checks and their faults, re-drawings, and special grids above them."""

from datetime import date

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.places.enums import FaultKind, RedrawKind, RedrawState, SpecialKind
from apps.places.models.areas import Area

#: What must be mended before a re-drawing is applied. Numbers out of order are only told:
#: what is split or merged takes its number from 601 on, wherever it lies.
BLOCKING = frozenset(set(FaultKind.values) - {FaultKind.ORDER})


class Redrawing(models.Model):
    """Cells of one area that give way to others on a day, drawn by one and checked by another.

    area: what the cells lie in, the same for all. on: from when the new cells are to hold.
    applied_on: since when they do. retired: the cells that end. drafter, checker: by value, people
    live in a higher layer.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    kind = models.CharField(_("方式"), max_length=10, choices=RedrawKind)
    on = models.DateField(_("生效日期"))
    reason = models.CharField(_("调整原因"), max_length=200)
    retired = models.ManyToManyField(Area, related_name="redrawings", verbose_name=_("原网格"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RedrawState, default=RedrawState.DRAFT
    )
    drafter_id = models.CharField(_("绘制人编号"), max_length=40)
    drafter_name = models.CharField(_("绘制人"), max_length=100)
    drafted_at = models.DateTimeField(_("绘制时间"))
    checker_id = models.CharField(_("复核人编号"), max_length=40, blank=True, default="")
    checker_name = models.CharField(_("复核人"), max_length=100, blank=True, default="")
    checked_at = models.DateTimeField(_("复核时间"), null=True)
    applied_on = models.DateField(_("实际生效日期"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("网格调整")
        verbose_name_plural = _("网格调整")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(checker_id="") | ~Q(checker_id=F("drafter_id")),
                name="redrawing_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.get_kind_display()}"


class RedrawnCell(models.Model):
    """One cell as a re-drawing would have it. code_part: "" takes the next free number.

    area: what it became when it was applied.
    """

    redrawing = models.ForeignKey(Redrawing, models.CASCADE, related_name="parts")
    name = models.CharField(_("名称"), max_length=80)
    code_part = models.CharField(_("本级代码"), max_length=12, blank=True, default="")
    boundary = models.MultiPolygonField(_("边界"), srid=4326)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("新网格")
    )

    class Meta:
        verbose_name = _("调整后的网格")
        verbose_name_plural = _("调整后的网格")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class CellCheck(models.Model):
    """One run of the check over an area and all below it, as of a day.

    redrawing: whose cells were put in place of those they retire; null for the areas in force.
    counts: faults by kind. actor_id, actor_name: by value.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("核对范围"))
    redrawing = models.ForeignKey(
        Redrawing, models.CASCADE, null=True, related_name="checks", verbose_name=_("网格调整")
    )
    on = models.DateField(_("核对日期"))
    area_count = models.PositiveIntegerField(_("核对的区域数"))
    fault_count = models.PositiveIntegerField(_("问题数"))
    counts = models.JSONField(_("各类问题数"), default=dict)
    seconds = models.FloatField(_("用时（秒）"))
    actor_id = models.CharField(_("操作人编号"), max_length=40, blank=True, default="")
    actor_name = models.CharField(_("操作人"), max_length=100)
    made_at = models.DateTimeField(_("核对时间"))

    class Meta:
        verbose_name = _("网格核对")
        verbose_name_plural = _("网格核对")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.area} {self.on}"

    @property
    def blocking_count(self) -> int:
        """How many faults must be mended; numbers out of order are only told."""
        return sum(count for kind, count in self.counts.items() if kind in BLOCKING)


class CellFault(models.Model):
    """One fault found. label, other_label: the areas meant, code and name, as they were then.

    area, other: the same, null where it is a cell not yet in force. size_m2: how much ground;
    width_m: how wide on average. detail: what the database says of a broken outline. geometry:
    the ground meant, SRID 4326.
    """

    check_run = models.ForeignKey(CellCheck, models.CASCADE, related_name="faults")
    kind = models.CharField(_("问题"), max_length=10, choices=FaultKind)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    other = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("另一区域")
    )
    label = models.CharField(_("区域"), max_length=140)
    other_label = models.CharField(_("另一区域"), max_length=140, blank=True, default="")
    size_m2 = models.FloatField(_("面积（平方米）"), null=True)
    width_m = models.FloatField(_("平均宽度（米）"), null=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True, default="")
    geometry = models.GeometryField(_("位置"), srid=4326, null=True)

    class Meta:
        verbose_name = _("网格问题")
        verbose_name_plural = _("网格问题")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"


class SpecialGridQuerySet(models.QuerySet["SpecialGrid"]):
    def valid_on(self, day: date) -> "SpecialGridQuerySet":
        """Special grids in force on a day; the closing day is the first without."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class SpecialGrid(models.Model):
    """A place with a contact of its own laid over the base cells (专属网格): a park, a school.

    community: the one area it belongs to; it lies wholly in it. code: the community's code and
    "Z" with a number of three digits, never used again. valid_to: exclusive.
    Source: DB6101/T 3185-2024 (every special grid belongs to exactly one community).
    """

    code = models.CharField(_("编码"), max_length=40)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=10, choices=SpecialKind)
    community = models.ForeignKey(
        Area, models.PROTECT, related_name="special_grids", verbose_name=_("所属社区")
    )
    boundary = models.MultiPolygonField(_("边界"), srid=4326)
    contact_name = models.CharField(_("联系人"), max_length=40, blank=True, default="")
    contact_phone = models.CharField(_("联系电话"), max_length=20, blank=True, default="")
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")

    objects = SpecialGridQuerySet.as_manager()

    class Meta:
        verbose_name = _("专属网格")
        verbose_name_plural = _("专属网格")
        ordering = ["code"]
        constraints = [
            ExclusionConstraint(
                name="special_grid_code_once_at_a_time",
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
                name="special_grid_valid_span",
            ),
        ]

    def __str__(self) -> str:
        return self.name
