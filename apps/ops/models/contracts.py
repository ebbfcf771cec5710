"""Who repairs what under which contract, and when somebody else takes over (OP-18)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.assets.models import AssetClass
from apps.clocks.models import Calendar
from apps.ops.enums import LimitUnit, Tier, Waiting
from apps.ops.models.faults import FaultLevel
from apps.places.models import Area


class MaintenanceContract(models.Model):
    """A contract of maintenance, or the standing duty of an own team.

    vendor: the unit whose people repair. kinds, areas: what is covered; none means all of the
    tenant. calendar: its service hours, null for round the clock as the area counts.
    respond_*, restore_*: limits of its own in place of those of the level, null for the level's.
    from_on, to_on: first and last day it is valid.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("所属"))
    number = models.CharField(_("合同号"), max_length=60)
    name = models.CharField(_("名称"), max_length=80)
    vendor = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("维保单位")
    )
    tier = models.CharField(_("层级"), max_length=12, choices=Tier)
    kinds = models.ManyToManyField(
        AssetClass, blank=True, related_name="+", verbose_name=_("设备类别")
    )
    areas = models.ManyToManyField(Area, blank=True, related_name="+", verbose_name=_("服务区域"))
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("服务时间"),
    )
    respond_amount = models.PositiveIntegerField(
        _("响应时限"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    respond_unit = models.CharField(
        _("响应时限单位"), max_length=20, choices=LimitUnit, blank=True, default=""
    )
    restore_amount = models.PositiveIntegerField(
        _("修复时限"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    restore_unit = models.CharField(
        _("修复时限单位"), max_length=20, choices=LimitUnit, blank=True, default=""
    )
    from_on = models.DateField(_("生效日期"))
    to_on = models.DateField(_("截止日期"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("维保合同")
        verbose_name_plural = _("维保合同")
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="contract_number_once"),
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="contract_span"
            ),
            models.CheckConstraint(
                condition=models.Q(respond_amount__isnull=True, respond_unit="")
                | models.Q(respond_amount__isnull=False) & ~models.Q(respond_unit=""),
                name="contract_respond_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(restore_amount__isnull=True, restore_unit="")
                | models.Q(restore_amount__isnull=False) & ~models.Q(restore_unit=""),
                name="contract_restore_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class HandUpRule(models.Model):
    """When an order of one tier goes to the next: after so many minutes without what it waits for.

    level: only of this level; null for all. Minutes count by the wall clock since the order
    came to its present unit, less all time it stood suspended. Source: OP-18.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("所属"))
    level = models.ForeignKey(
        FaultLevel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("故障等级"),
    )
    from_tier = models.CharField(_("当前层级"), max_length=12, choices=Tier)
    waiting = models.CharField(_("升级条件"), max_length=10, choices=Waiting)
    after_minutes = models.PositiveIntegerField(
        _("超过（分钟）"), validators=[MinValueValidator(1)]
    )
    to_tier = models.CharField(_("升级到"), max_length=12, choices=Tier)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("升级规则")
        verbose_name_plural = _("升级规则")
        default_permissions = ()
        ordering = ["from_tier", "waiting", "level__number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "level", "from_tier", "waiting"],
                nulls_distinct=False,
                name="hand_up_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(to_tier=models.F("from_tier")), name="hand_up_moves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_from_tier_display()} → {self.get_to_tier_display()}"
