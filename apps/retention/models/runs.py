"""How far the nightly forgetting has come."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.retention.models.schedules import Schedule


class Run(models.Model):
    """One pass over a city's cases under one version, in portions; resumed where it stopped.

    upto: key of the last case looked at. total: due when it began. kept: passed over for a
    reason that stands. failed: could not be forgotten; tried again by the next run. swept: rows
    of people no case refers to, by app.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(_("开始时间"))
    seen_at = models.DateTimeField(_("最近进展"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    total = models.PositiveIntegerField(_("到期"))
    upto = models.BigIntegerField(_("进度"), default=0)
    forgotten = models.PositiveIntegerField(_("已匿名化"), default=0)
    kept = models.PositiveIntegerField(_("保留"), default=0)
    failed = models.PositiveIntegerField(_("失败"), default=0)
    swept = models.JSONField(_("清理"), default=dict)

    class Meta:
        verbose_name = _("到期处理")
        verbose_name_plural = _("到期处理")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], name="retention_run_once", condition=Q(finished_at=None)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
