"""A full list from the personnel system that a person has to look at first (AC-13)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.gateway.models import ApiClient
from apps.personnel.enums import SnapshotState


class DirectorySnapshot(models.Model):
    """What a full list would change. Nothing has been changed while it waits.

    differences: {"create": [...], "update": [...], "leave": [...]}, rows of plain values.
    base: the people it was compared with (digest); another base makes it void. expected: how
    many people the other side said it would send; fewer came: it was cut short.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("收到时间"))
    received_count = models.PositiveIntegerField(_("收到人数"))
    expected_count = models.PositiveIntegerField(_("应有人数"), null=True)
    known_count = models.PositiveIntegerField(_("现有人数"))
    why_stopped = models.CharField(_("暂停原因"), max_length=300, blank=True, default="")
    differences = models.JSONField(_("差异"))
    base = models.CharField(_("比对基准"), max_length=64)
    state = models.CharField(_("状态"), max_length=8, choices=SnapshotState)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("处理时间"), null=True)

    class Meta:
        verbose_name = _("人事名册")
        verbose_name_plural = _("人事名册")
        default_permissions = ()
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"{self.client} {self.received_at:%Y-%m-%d %H:%M}"
