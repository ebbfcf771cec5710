"""The scheme by which a month is appraised, the month, and each computation of it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.appraisal.enums import OPEN_PASSES, PassState, RunState, SchemeState


class Scheme(models.Model):
    """Which indicator weighs how much, and what is excused, from a month on (运维考核方案).

    body: as ``appraisal.schemes.Terms`` reads it. A published version never changes.
    effective_from: first day of a month. Source: OP-16.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=80)
    basis = models.CharField(_("依据"), max_length=300)
    body: Any = models.JSONField(_("内容"))
    effective_from = models.DateField(_("起用月份"))
    state = models.CharField(
        _("状态"), max_length=10, choices=SchemeState, default=SchemeState.DRAFT
    )
    created_at = models.DateTimeField(_("编制时间"))
    author_id = models.BigIntegerField(_("编制人编号"))
    author_name = models.CharField(_("编制人"), max_length=100)
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    approver_id = models.BigIntegerField(_("审批人编号"), null=True)
    approver_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("运维考核方案")
        verbose_name_plural = _("运维考核方案")
        default_permissions = ()
        permissions = [
            ("view_appraisal", _("查看运维统计和考核")),
            ("view_own_vendor", _("查看本单位的运维考核")),
            ("keep_schemes", _("编制运维考核方案、计算考核")),
            ("publish_appraisal", _("审批运维考核方案、封存考核")),
        ]
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="ops_scheme_once"),
            models.UniqueConstraint(
                fields=["tenant", "effective_from"],
                condition=models.Q(state=SchemeState.PUBLISHED),
                name="ops_scheme_one_per_month",
            ),
            models.CheckConstraint(
                condition=models.Q(approver_id__isnull=True)
                | ~models.Q(approver_id=models.F("author_id")),
                name="ops_scheme_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Run(models.Model):
    """The appraisal of one month (月度运维考核): computed, open to appeals, then frozen.

    shown: the last computation that was finished. appeal_until: last day of appeals.
    digest: SHA-256 over scheme, inputs and figures when it was frozen, "" before. Once frozen the
    database refuses every change of it and of what belongs to it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("考核月"))
    state = models.CharField(_("状态"), max_length=9, choices=RunState, default=RunState.DRAFT)
    shown = models.ForeignKey("Pass", models.SET_NULL, null=True, related_name="+")
    appeal_until = models.DateField(_("申诉截止日"), null=True)
    opened_by_id = models.BigIntegerField(_("公示人编号"), null=True)
    opened_by_name = models.CharField(_("公示人"), max_length=100, blank=True, default="")
    digest = models.CharField(_("摘要"), max_length=64, blank=True, default="")
    frozen_at = models.DateTimeField(_("封存时间"), null=True)
    frozen_by_id = models.BigIntegerField(_("封存人编号"), null=True)
    frozen_by_name = models.CharField(_("封存人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("月度运维考核")
        verbose_name_plural = _("月度运维考核")
        default_permissions = ()
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month"], name="ops_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Pass(models.Model):
    """One computation of a month. Its figures are shown once it is done, never before.

    done, total: points. attempt, claimed_until: of the worker that has it; one whose worker died
    is begun again. inputs_digest: SHA-256 over scheme, rulings and every row counted;
    figures_digest: over every figure. The same inputs give the same figures.
    changed: how many figures differ from the computation before; null for the first.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="passes")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=7, choices=PassState, default=PassState.QUEUED)
    asked_at = models.DateTimeField(_("提交时间"))
    asked_by_id = models.BigIntegerField(_("提交人编号"), null=True)
    asked_by_name = models.CharField(_("提交人"), max_length=100)
    done = models.PositiveIntegerField(_("已计算点位"), default=0)
    total = models.PositiveIntegerField(_("点位数"), default=0)
    attempt = models.PositiveSmallIntegerField(_("第几次"), default=0)
    claimed_until = models.DateTimeField(_("处理至"), null=True)
    read_at = models.DateTimeField(_("取数时间"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    inputs_digest = models.CharField(_("输入摘要"), max_length=64, blank=True, default="")
    figures_digest = models.CharField(_("结果摘要"), max_length=64, blank=True, default="")
    changed = models.PositiveIntegerField(_("变化的结果数"), null=True)
    error = models.CharField(_("原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("考核计算")
        verbose_name_plural = _("考核计算")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run"],
                condition=models.Q(state__in=OPEN_PASSES),
                name="ops_pass_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being computed."""
        return self.state in OPEN_PASSES
