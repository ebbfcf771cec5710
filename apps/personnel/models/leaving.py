"""Somebody leaves: what ended when, and who has the work now (AC-11)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.personnel.enums import LeavingReason, LeavingState
from apps.personnel.models.moving import Transfer


class Leaving(models.Model):
    """A person leaves at a moment; every access ends then, at the latest a day later.

    unit: of the main post when it was filed; its head is told. leaves_at: aware. ended_at: no
    access is left. settled_at: nothing is in hand any more either. alarmed_at: when the alarm
    about being late went out, once. audit_id: the newest entry of the log when access had
    ended, for finding the seal that covers it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="leavings", verbose_name=_("人员")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    number = models.CharField(_("离职单号"), max_length=20, unique=True)
    leaves_at = models.DateTimeField(_("离职时间"))
    reason = models.CharField(_("离职原因"), max_length=12, choices=LeavingReason)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=10, choices=LeavingState, default=LeavingState.PLANNED
    )
    filed_by_id = models.BigIntegerField(_("登记人编号"), null=True)
    filed_by_name = models.CharField(_("登记人"), max_length=100)
    filed_at = models.DateTimeField(_("登记时间"))
    ended_at = models.DateTimeField(_("权限注销时间"), null=True)
    settled_at = models.DateTimeField(_("办结时间"), null=True)
    alarmed_at = models.DateTimeField(_("超时告警时间"), null=True)
    audit_id = models.BigIntegerField(_("审计记录号"), null=True)

    class Meta:
        verbose_name = _("离职")
        verbose_name_plural = _("离职")
        default_permissions = ()
        permissions = [
            ("manage_staff", _("办理人事异动")),
            ("approve_staff", _("审批人事申请")),
            ("lead_unit", _("管理本单位人员事项")),
        ]
        ordering = ["-leaves_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state__in=["planned", "ended"]),
                name="leaving_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["ended", "settled"])
                | models.Q(ended_at__isnull=False),
                name="leaving_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["leaves_at"],
                name="leaving_open",
                condition=models.Q(state__in=["planned", "ended"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.person}"


class LeavingStep(models.Model):
    """One kind of access that was ended. error: why it could not be, tried again each minute."""

    leaving = models.ForeignKey(Leaving, models.CASCADE, related_name="steps")
    code = models.CharField(_("事项代码"), max_length=60)
    label = models.CharField(_("事项"), max_length=60)
    position = models.PositiveSmallIntegerField(_("顺序"))
    count = models.PositiveIntegerField(_("数量"), default=0)
    ended_at = models.DateTimeField(_("完成时间"), null=True)
    ended_by_name = models.CharField(_("执行人"), max_length=100, blank=True, default="")
    error = models.CharField(_("失败原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("注销事项")
        verbose_name_plural = _("注销事项")
        default_permissions = ()
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["leaving", "code"], name="leaving_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.leaving_id} {self.code}"


class HandOver(models.Model):
    """One thing that changed hands, kept for the certificate. to: null is the unit's queue."""

    leaving = models.ForeignKey(Leaving, models.PROTECT, null=True, related_name="handovers")
    transfer = models.ForeignKey(Transfer, models.PROTECT, null=True, related_name="handovers")
    work = models.CharField(_("工作类别"), max_length=60)
    item_key = models.BigIntegerField(_("事项编号"))
    item_label = models.CharField(_("事项"), max_length=200)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("移交时间"))
    done_by_name = models.CharField(_("移交办理人"), max_length=100)

    class Meta:
        verbose_name = _("工作移交")
        verbose_name_plural = _("工作移交")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(leaving__isnull=False) ^ models.Q(transfer__isnull=False),
                name="handover_has_one_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_label} → {self.to or '—'}"
