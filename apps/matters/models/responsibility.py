"""The list of responsibilities: who answers for what, where, by which law (MT-25)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.matters.models.matter import MatterType
from apps.places.models import Area


class Responsibility(models.Model):
    """One line: the unit that answers for a class of matters within an area and below.

    matter_type, class_code: empty means every one; a class also covers those below it
    ("road" covers "road.manhole"). valid_to: the first day it no longer counts. version: the
    edition of the tenant's list that added the line. Lines are ended, never rewritten, so
    what counted on a day can be told for ever.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    matter_type = models.ForeignKey(
        MatterType, models.PROTECT, null=True, related_name="+", verbose_name=_("事项")
    )
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    legal_basis = models.CharField(_("法定依据"), max_length=300, blank=True, default="")
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True)
    version = models.PositiveIntegerField(_("版本"))
    added_at = models.DateTimeField(_("添加时间"))
    added_by_name = models.CharField(_("添加人"), max_length=100)

    class Meta:
        verbose_name = _("权责清单条目")
        verbose_name_plural = _("权责清单")
        default_permissions = ()
        permissions = [("edit_responsibilities", _("维护权责清单"))]
        ordering = ["class_code", "area__path", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="responsibility_span",
            ),
            models.UniqueConstraint(
                fields=["tenant", "matter_type", "class_code", "area", "unit"],
                condition=models.Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="responsibility_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "class_code"], name="responsibility_class"),
        ]

    def __str__(self) -> str:
        return f"{self.class_code or '*'} {self.area} {self.unit}"
