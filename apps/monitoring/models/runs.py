"""One-key checks: ordered by a button or a plan, worked through once. Source: OP-03."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.monitoring.enums import OPEN_RUNS, Cycle, RunKind, RunState, State
from apps.places.models import Area


class CheckRun(models.Model):
    """One round over everything in an area (一键运维). Per area at most one is under way.

    kinds: codes of ``RunKind`` that are looked at. total, done: points. summary: by kind the
    number of points by state, or why nothing of that kind can be looked at. claimed_until: until
    when its worker is believed to live; a run whose worker died is interrupted, never begun
    again by itself. previous: the last finished one of the same area, for comparison. maker:
    null for a planned one.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("检查范围"))
    kinds: Any = models.JSONField(_("检查类别"), default=list)
    state = models.CharField(_("状态"), max_length=12, choices=RunState, default=RunState.QUEUED)
    total = models.PositiveIntegerField(_("点位数"), default=0)
    done = models.PositiveIntegerField(_("已检查"), default=0)
    summary: Any = models.JSONField(_("汇总"), default=dict)
    claimed_until = models.DateTimeField(_("处理至"), null=True)
    previous = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", verbose_name=_("上次检查")
    )
    error = models.CharField(_("原因"), max_length=300, blank=True, default="")
    maker = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("检查人")
    )
    created_at = models.DateTimeField(_("提交时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("一键运维检查")
        verbose_name_plural = _("一键运维检查")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["area"],
                condition=models.Q(state__in=OPEN_RUNS),
                name="monitoring_run_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being worked through."""
        return self.state in OPEN_RUNS

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return self.done * 100 // self.total if self.total else 0


class RunFinding(models.Model):
    """What was found of one point of a run. key: names the point within its kind.

    label: by value, for a point may be gone later. facts: the figures, by name.
    """

    run = models.ForeignKey(CheckRun, models.CASCADE, related_name="findings")
    kind = models.CharField(_("类别"), max_length=12, choices=RunKind)
    key = models.CharField(_("点位代码"), max_length=80)
    label = models.CharField(_("点位"), max_length=120)
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("部件")
    )
    state = models.CharField(_("结果"), max_length=10, choices=State)
    text = models.CharField(_("说明"), max_length=300, blank=True, default="")
    facts: Any = models.JSONField(_("数值"), default=dict)

    class Meta:
        verbose_name = _("一键运维结果")
        verbose_name_plural = _("一键运维结果")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "key"], name="monitoring_finding_once"),
        ]
        indexes = [models.Index(fields=["run", "state"], name="monitoring_finding_state")]

    def __str__(self) -> str:
        return f"{self.label} {self.get_state_display()}"


class RunPlan(models.Model):
    """When a one-key check is made by itself. at: the city's time of day; due_at: the next one."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("检查范围"))
    kinds: Any = models.JSONField(_("检查类别"), default=list)
    cycle = models.CharField(_("周期"), max_length=8, choices=Cycle, default=Cycle.DAILY)
    at = models.TimeField(_("时刻"))
    is_active = models.BooleanField(_("启用"), default=True)
    due_at = models.DateTimeField(_("下次检查"))
    by_name = models.CharField(_("设置人"), max_length=100)

    class Meta:
        verbose_name = _("一键运维计划")
        verbose_name_plural = _("一键运维计划")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["area", "cycle", "at"], name="monitoring_plan_once"),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.get_cycle_display()} {self.at:%H:%M}"
