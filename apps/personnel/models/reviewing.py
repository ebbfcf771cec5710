"""Every quarter each unit looks at rights nobody uses (AC-10)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Appointment, Organization, Tenant
from apps.personnel.enums import Verdict


class ReviewRound(models.Model):
    """One quarter of one body. quarter: "2026Q4"."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    quarter = models.CharField(_("季度"), max_length=6)
    opened_at = models.DateTimeField(_("开始时间"))
    due_on = models.DateField(_("截止日期"))

    class Meta:
        verbose_name = _("权限复核")
        verbose_name_plural = _("权限复核")
        default_permissions = ()
        ordering = ["-quarter"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "quarter"], name="review_round_once"),
        ]

    def __str__(self) -> str:
        return self.quarter


class UnitReview(models.Model):
    """What one unit has to answer. answered_at: every row has a verdict."""

    round = models.ForeignKey(ReviewRound, models.PROTECT, related_name="units")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("完成时间"), null=True)
    reminded_at = models.DateTimeField(_("催办时间"), null=True)

    class Meta:
        verbose_name = _("单位权限复核")
        verbose_name_plural = _("单位权限复核")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["round", "unit"], name="unit_review_once"),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.unit}"


class ReviewRow(models.Model):
    """One appointment whose rights lay unused. unused: names of the rights, as people read."""

    review = models.ForeignKey(UnitReview, models.PROTECT, related_name="rows")
    appointment = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    post_name = models.CharField(_("岗位"), max_length=120)
    unused = models.JSONField(_("未使用的权限"))
    is_whole = models.BooleanField(_("全部未使用"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)
    verdict = models.CharField(_("结论"), max_length=6, choices=Verdict, blank=True, default="")
    reason = models.CharField(_("理由"), max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(_("复核时间"), null=True)
    decided_by_name = models.CharField(_("复核人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("权限复核明细")
        verbose_name_plural = _("权限复核明细")
        default_permissions = ()
        ordering = ["post_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "appointment"], name="review_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post_name}"
