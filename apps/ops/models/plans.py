"""Preventive maintenance: what is looked after before it breaks."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.assets.models import Asset, AssetClass
from apps.ops.enums import Beat
from apps.ops.models.faults import FaultKind
from apps.ops.models.orders import WorkOrder
from apps.places.models import Area


class MaintenancePlan(models.Model):
    """Work that is due again and again, by the calendar or by a figure of the thing.

    asset: one thing; else every thing of ``kind`` in ``area`` and below. beat, every: every so
    many days, weeks or months from ``first_on``; METER: each time the figure ``meter`` has grown
    by ``every``. ahead_days: so many days before the day due its orders are made.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("所属"))
    name = models.CharField(_("名称"), max_length=80)
    text = models.CharField(_("保养内容"), max_length=500)
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("设备")
    )
    kind = models.ForeignKey(
        AssetClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("设备类别"),
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    fault_kind = models.ForeignKey(
        FaultKind, models.PROTECT, related_name="+", verbose_name=_("工单类型")
    )
    beat = models.CharField(_("周期单位"), max_length=10, choices=Beat)
    every = models.PositiveIntegerField(_("每隔"), validators=[MinValueValidator(1)])
    meter = models.SlugField(_("读数项目"), max_length=60, blank=True, default="")
    first_on = models.DateField(_("首次日期"))
    ahead_days = models.PositiveSmallIntegerField(_("提前天数"), default=3)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("保养计划")
        verbose_name_plural = _("保养计划")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(asset__isnull=False) ^ models.Q(kind__isnull=False),
                name="plan_one_target",
            ),
            models.CheckConstraint(
                condition=models.Q(beat=Beat.METER) & ~models.Q(meter="")
                | ~models.Q(beat=Beat.METER) & models.Q(meter=""),
                name="plan_meter_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlannedWork(models.Model):
    """One turn of a plan for one thing; there is never a second of the same turn.

    turn: the day due as ISO text, or how many times the figure has grown by ``every``.
    reading: the figure when the turn came, null for the calendar.
    """

    plan = models.ForeignKey(MaintenancePlan, models.PROTECT, related_name="works")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    turn = models.CharField(_("周期"), max_length=20)
    due_on = models.DateField(_("应保养日期"))
    reading = models.DecimalField(_("读数"), max_digits=16, decimal_places=3, null=True)
    order = models.OneToOneField(WorkOrder, models.PROTECT, null=True, related_name="planned_work")
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("保养任务")
        verbose_name_plural = _("保养任务")
        default_permissions = ()
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "asset", "turn"], name="planned_work_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.turn}"
