"""What outside systems send back, and whose number is whose. Source: MT-12."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.gateway.models import ApiClient
from apps.matters.enums import OutsideOutcome
from apps.matters.models.case import Case, CaseEvent


class ExternalReference(models.Model):
    """The number a case has in an outside system; a number there means one case here."""

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    outside_id = models.CharField(_("外部编号"), max_length=120)
    case = models.ForeignKey(Case, models.PROTECT, related_name="external_references")
    created_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("外部编号")
        verbose_name_plural = _("外部编号")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["client", "outside_id"], name="external_reference_once"
            ),
        ]

    def __str__(self) -> str:
        return self.outside_id


class OutsideResult(models.Model):
    """One result an outside system sent, once per client and key, whatever became of it.

    digest: of what was sent, so that a repeat is known from a second use of the key.
    event: the event it led to; null where nothing could be done yet.
    problem: why it was only noted, refused, or led nowhere; one sentence.
    """

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    key = models.CharField(_("去重键"), max_length=120)
    digest = models.CharField(_("内容摘要"), max_length=64)
    number = models.CharField(_("受理编号"), max_length=20, blank=True, default="")
    outside_id = models.CharField(_("外部编号"), max_length=120, blank=True, default="")
    status = models.CharField(_("外部状态"), max_length=40)
    action = models.CharField(_("对应动作"), max_length=40, blank=True, default="")
    text = models.TextField(_("内容"), max_length=4000, blank=True, default="")
    data = models.JSONField(_("数据"), default=dict)
    occurred_at = models.DateTimeField(_("发生时间"), null=True)
    received_at = models.DateTimeField(_("收到时间"))
    outcome = models.CharField(_("处理结果"), max_length=10, choices=OutsideOutcome)
    problem = models.CharField(_("说明"), max_length=300, blank=True, default="")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="outside_results")
    event = models.ForeignKey(CaseEvent, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("外部结果")
        verbose_name_plural = _("外部结果")
        default_permissions = ()
        permissions = [("manage_outside_results", _("处理外部结果"))]
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="outside_result_once"),
        ]
        indexes = [
            models.Index(fields=["outcome", "-id"], name="outside_result_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.key}"
