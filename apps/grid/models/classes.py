"""The code table of components and events: dated, with what each class asks for."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.grid.enums import EventKind, Season
from apps.matters.enums import Priority


class GridClass(models.Model):
    """A large class ("c01") or a small one of it ("c01.03"), for a span of days.

    code: "c" for components or "e" for events, two digits; after a dot two more. The digits of
    a component are those of its ``AssetClass``. valid_to: exclusive; a class retired today
    cannot be chosen from today on, cases keep it.
    photo_distance_m: how far apart pictures of one place may have been taken.
    """

    kind = models.CharField(_("类别"), max_length=10, choices=EventKind)
    code = models.CharField(_("代码"), max_length=10)
    name = models.CharField(_("名称"), max_length=60)
    large_code = models.CharField(_("大类代码"), max_length=4, blank=True, default="")
    level = models.CharField(_("紧急程度"), max_length=8, choices=Priority, default=Priority.NORMAL)
    filing_condition = models.TextField(_("立案条件"), blank=True, default="")
    closing_condition = models.TextField(_("结案条件"), blank=True, default="")
    photo_distance_m = models.PositiveSmallIntegerField(_("照片位置最大间距（米）"), default=50)
    position = models.PositiveIntegerField(_("顺序"), default=0)
    source = models.CharField(_("依据"), max_length=120, blank=True, default="")
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("部件事件分类")
        verbose_name_plural = _("部件事件分类")
        default_permissions = ()
        permissions = [("keep_classes", _("维护部件事件分类"))]
        ordering = ["position", "code"]
        constraints = [
            ExclusionConstraint(
                name="grid_class_once_at_a_time",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="grid_class_span",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GridClassLimit(models.Model):
    """How long a class may take: the whole handling, or one stage of it.

    tenant: the city whose own limit this is; null: everywhere. stage: 0 is the limit of the
    handling; from 1 on the stages before it, each counted from the dispatch, with a label.
    unit: as ``limits`` knows them ("working_hours", "working_days", ...).
    """

    grid_class = models.ForeignKey(GridClass, models.CASCADE, related_name="limits")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+")
    season = models.CharField(_("季节"), max_length=8, choices=Season, default=Season.ANY)
    stage = models.PositiveSmallIntegerField(_("阶段"), default=0)
    label = models.CharField(_("阶段名称"), max_length=40, blank=True, default="")
    amount = models.PositiveIntegerField(_("时限"))
    unit = models.CharField(_("时限单位"), max_length=16)

    class Meta:
        verbose_name = _("分类时限")
        verbose_name_plural = _("分类时限")
        default_permissions = ()
        ordering = ["grid_class", "stage"]
        constraints = [
            models.UniqueConstraint(
                fields=["grid_class", "tenant", "season", "stage"],
                name="grid_class_limit_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="grid_class_limit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.grid_class} {self.amount} {self.unit}"
