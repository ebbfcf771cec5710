"""How links to gateways and edge nodes stand, and when that changed. Source: IO-08."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LinkFigures(models.Model):
    """What a link is known by. linked_since: since when it is as it is; null: nothing came yet.

    calls: answers and batches that came; values: readings in them; errors: askings without an
    answer, and readings refused; breaks: how often the link went down. All since it is entered.
    """

    linked_since = models.DateTimeField(_("链路状态自"), null=True)
    calls = models.PositiveBigIntegerField(_("通信次数"), default=0)
    values = models.PositiveBigIntegerField(_("读数个数"), default=0)
    errors = models.PositiveBigIntegerField(_("出错次数"), default=0)
    breaks = models.PositiveIntegerField(_("中断次数"), default=0)

    class Meta:
        abstract = True


class LinkChange(models.Model):
    """A link that went down or came back, with why. Written once."""

    gateway = models.ForeignKey(
        "polling.Gateway", models.CASCADE, null=True, related_name="changes",
        verbose_name=_("采集网关"),
    )  # fmt: skip
    edge = models.ForeignKey(
        "polling.EdgeNode", models.CASCADE, null=True, related_name="changes",
        verbose_name=_("边缘节点"),
    )  # fmt: skip
    is_up = models.BooleanField(_("连通"))
    at = models.DateTimeField(_("时间"), db_index=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("链路变化")
        verbose_name_plural = _("链路变化")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gateway__isnull=False, edge__isnull=True)
                | Q(gateway__isnull=True, edge__isnull=False),
                name="polling_change_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id or self.edge_id} {self.is_up}"
