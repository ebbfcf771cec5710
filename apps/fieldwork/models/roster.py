"""Shifts, the days somebody is to be on duty, and leave. Source: GR-02."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.fieldwork.enums import LeaveKind, LeaveState
from apps.fieldwork.models.workers import Worker, days_of


class Shift(models.Model):
    """A kind of working day of a unit.

    weekdays: 1 Monday to 7 Sunday. ends_at earlier than starts_at: the next morning.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("适用单位")
    )
    name = models.CharField(_("名称"), max_length=40)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("星期"))
    starts_at = models.TimeField(_("上班"))
    ends_at = models.TimeField(_("下班"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="shift_name_once"),
            models.CheckConstraint(condition=~Q(starts_at=F("ends_at")), name="shift_has_length"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}-{self.ends_at:%H:%M}"


class ShiftPlan(models.Model):
    """A worker follows a shift from a day on; the roster is made from it."""

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="shift_plans")
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="plans", verbose_name=_("班次"))
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = _("班次安排")
        verbose_name_plural = _("班次安排")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="shift_plan_span",
            ),
            ExclusionConstraint(
                name="shift_plan_one_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} · {self.shift.name}"


class DutyDay(models.Model):
    """One day of one worker's roster. shift None: a rest day.

    starts_at, ends_at: the moments meant, aware. is_manual: a person set it, so that making
    the roster anew leaves it alone.
    """

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="duty_days")
    day = models.DateField(_("日期"))
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField(_("上班"), null=True)
    ends_at = models.DateTimeField(_("下班"), null=True)
    is_manual = models.BooleanField(_("手工调整"), default=False)

    class Meta:
        verbose_name = _("排班")
        verbose_name_plural = _("排班")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "day"], name="duty_day_once"),
            models.CheckConstraint(
                condition=Q(shift__isnull=True, starts_at__isnull=True, ends_at__isnull=True)
                | Q(shift__isnull=False, ends_at__gt=F("starts_at")),
                name="duty_day_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} · {self.day}"


class Leave(models.Model):
    """Somebody asks to be away from a day to a day, both included, and is told yes or no.

    deputy: who takes over the cells for these days. ruled_by_id: never the worker.
    """

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="leaves")
    kind = models.CharField(_("类别"), max_length=8, choices=LeaveKind)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"))
    reason = models.CharField(_("事由"), max_length=200, blank=True, default="")
    deputy = models.ForeignKey(
        Worker, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("代管人")
    )
    state = models.CharField(_("状态"), max_length=10, choices=LeaveState, default=LeaveState.FILED)
    filed_at = models.DateTimeField(_("申请时间"))
    filed_by_id = models.BigIntegerField(_("申请人编号"))
    ruled_by_id = models.BigIntegerField(_("审批人编号"), null=True)
    ruled_by_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")
    ruled_at = models.DateTimeField(_("审批时间"), null=True)
    ruling_note = models.CharField(_("审批意见"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("请假")
        verbose_name_plural = _("请假")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="leave_span"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("worker")),
                name="leave_deputy_somebody_else",
            ),
            ExclusionConstraint(
                name="leave_no_overlap",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["filed", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.from_on} – {self.to_on}"
