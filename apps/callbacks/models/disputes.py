"""A unit's objection to a call-back's result, with evidence, ruled on by a second person."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.callbacks.enums import DisputeState
from apps.callbacks.models.tasks import CallbackTask
from apps.common.models import StoredFile


class Dispute(models.Model):
    """One objection per call-back. Where it holds, the case is left out of the rates."""

    task = models.OneToOneField(CallbackTask, models.PROTECT, related_name="dispute")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    reason = models.TextField(_("异议理由"), max_length=2000)
    state = models.CharField(
        _("状态"), max_length=10, choices=DisputeState, default=DisputeState.PENDING
    )
    filed_at = models.DateTimeField(_("提出时间"))
    filed_by_id = models.BigIntegerField(_("提出人编号"))
    filed_by_name = models.CharField(_("提出人"), max_length=100)
    ruled_at = models.DateTimeField(_("裁定时间"), null=True)
    ruled_by_id = models.BigIntegerField(_("裁定人编号"), null=True)
    ruled_by_name = models.CharField(_("裁定人"), max_length=100, blank=True, default="")
    ruling_note = models.TextField(_("裁定意见"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("回访异议")
        verbose_name_plural = _("回访异议")
        default_permissions = ()
        permissions = [
            ("file_disputes", _("对回访结果提出异议")),
            ("rule_disputes", _("裁定回访异议")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ruled_by_id__isnull=True) | ~Q(ruled_by_id=F("filed_by_id")),
                name="callback_dispute_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-id"], name="callback_disputes")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_state_display()}"


class DisputeFile(models.Model):
    """A piece of evidence."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("文件名"), max_length=160)

    class Meta:
        verbose_name = _("异议证据")
        verbose_name_plural = _("异议证据")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["dispute", "file"], name="callback_evidence_once"),
        ]

    def __str__(self) -> str:
        return self.name
