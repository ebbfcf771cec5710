"""The guide: one version of a matter as the public reads it (MT-14)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.guides.enums import Audience, PublicState
from apps.matters.models import MatterType, MatterVersion


class Guide(models.Model):
    """A published version of a matter. What it says is read from the version, which never changes.

    windows: [{"name", "address", "hours", "phone"}], where one can go; the guide's own.
    successor: what to read instead of a retired guide; None: nothing took its place.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="guides")
    version = models.ForeignKey(MatterVersion, models.PROTECT, related_name="+")
    title = models.CharField(_("名称"), max_length=80)
    summary = models.CharField(_("简介"), max_length=500, blank=True, default="")
    audience = models.CharField(_("服务对象"), max_length=12, choices=Audience)
    windows = models.JSONField(_("办理窗口"), default=list)
    state = models.CharField(_("状态"), max_length=10, choices=PublicState)
    published_at = models.DateTimeField(_("发布时间"))
    published_by_name = models.CharField(_("发布人"), max_length=100)
    retired_at = models.DateTimeField(_("停用时间"), null=True)
    retired_reason = models.CharField(_("停用原因"), max_length=200, blank=True, default="")
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("办事指南")
        verbose_name_plural = _("办事指南")
        default_permissions = ()
        permissions = [
            ("publish_guide", _("发布办事指南")),
            ("edit_plan", _("编制情形引导和一件事")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "matter_type"],
                condition=models.Q(state=PublicState.PUBLISHED),
                name="guide_published_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "audience", "title"], name="guide_state_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version.number}"

    @property
    def body(self) -> dict[str, Any]:
        """The definition the guide was published from."""
        found: dict[str, Any] = self.version.body
        return found
