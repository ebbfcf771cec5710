"""How files hang together, and what a house uses (RG-03, RG-05, GR-05)."""

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.registry.enums import FileKind, Utility
from apps.registry.models.files import RegistryFile


class RelationKind(models.Model):
    """One way two files may hang together, from a day to a day.

    name: as read from the first file ("租住于"); back_name: from the second ("租客").
    is_dwelling: the person lives in the premises; is_lease: by a lease, part of its track.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("关系"), max_length=30)
    back_name = models.CharField(_("反向关系"), max_length=30)
    from_kind = models.CharField(_("主体类型"), max_length=8, choices=FileKind)
    to_kind = models.CharField(_("对象类型"), max_length=8, choices=FileKind)
    is_dwelling = models.BooleanField(_("表示居住"), default=False)
    is_lease = models.BooleanField(_("表示租赁"), default=False)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)
    from_on = models.DateField(_("启用日期"))
    to_on = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("关系类型")
        verbose_name_plural = _("关系类型")
        default_permissions = ()
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Relation(models.Model):
    """A link of two files. Never deleted; ended once, by a day and a person.

    to_on: the first day on which it no longer holds.
    """

    kind = models.ForeignKey(RelationKind, models.PROTECT, related_name="+")
    from_file = models.ForeignKey(RegistryFile, models.PROTECT, related_name="relations")
    to_file = models.ForeignKey(RegistryFile, models.PROTECT, related_name="back_relations")
    from_on = models.DateField(_("开始日期"))
    to_on = models.DateField(_("结束日期"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    made_at = models.DateTimeField(_("登记时间"))
    made_by_name = models.CharField(_("登记人"), max_length=100)
    ended_at = models.DateTimeField(_("终止登记时间"), null=True)
    ended_by_name = models.CharField(_("终止登记人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("关联关系")
        verbose_name_plural = _("关联关系")
        default_permissions = ()
        ordering = ["-from_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="registry_relation_span",
            ),
            models.CheckConstraint(
                condition=~Q(from_file=F("to_file")), name="registry_relation_not_itself"
            ),
            ExclusionConstraint(
                name="registry_relation_once_at_a_time",
                expressions=[
                    ("from_file", RangeOperators.EQUAL),
                    ("to_file", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        Func(F("from_on"), F("to_on"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["to_file", "kind"], name="registry_relation_back"),
        ]

    def __str__(self) -> str:
        return f"{self.from_file} {self.kind} {self.to_file}"


class UtilityReading(models.Model):
    """What a house used in a month, in cubic metres or kilowatt hours."""

    premises = models.ForeignKey(RegistryFile, models.CASCADE, related_name="readings")
    utility = models.CharField(_("类别"), max_length=5, choices=Utility)
    month = models.DateField(_("月份"))
    amount = models.DecimalField(_("用量"), max_digits=12, decimal_places=2)
    imported_at = models.DateTimeField(_("导入时间"))

    class Meta:
        verbose_name = _("水电气用量")
        verbose_name_plural = _("水电气用量")
        default_permissions = ()
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(
                fields=["premises", "utility", "month"], name="registry_reading_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="registry_reading_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.premises} {self.utility} {self.month:%Y-%m}"
