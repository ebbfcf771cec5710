"""What other systems called, when, and how it went. Source: GW-01."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.gateway.enums import PersonalField
from apps.gateway.models.clients import ApiClient


class ApiCall(models.Model):
    """One call of a client, or one that was refused before anybody knew whose it was.

    request_id: the number answered as ``X-Request-Id``; audit entries and deliveries carry it
    too. trace_id: 32 hexadecimal characters the caller sent as ``traceparent``, if it did.
    key: prefix or number of the key used. shown, covered: personal data of the answer that went
    out as it is, and that was masked (codes of ``PersonalField`` with commas). code: of the
    problem document, "" when all is well.
    """

    at = models.DateTimeField(_("时间"))
    request_id = models.CharField(_("请求编号"), max_length=32, unique=True)
    trace_id = models.CharField(_("跟踪编号"), max_length=32, blank=True, default="")
    client = models.ForeignKey(
        ApiClient, models.SET_NULL, null=True, related_name="+", verbose_name=_("客户端")
    )
    key = models.CharField(_("密钥"), max_length=20, blank=True, default="")
    method = models.CharField(_("方法"), max_length=8)
    path = models.CharField(_("地址"), max_length=300)
    status = models.PositiveSmallIntegerField(_("答复"))
    code = models.CharField(_("错误代码"), max_length=60, blank=True, default="")
    shown = models.CharField(_("未脱敏字段"), max_length=60, blank=True, default="")
    covered = models.CharField(_("脱敏字段"), max_length=60, blank=True, default="")
    duration_ms = models.PositiveIntegerField(_("耗时（毫秒）"))
    ip = models.GenericIPAddressField(_("来源地址"), null=True)

    class Meta:
        verbose_name = _("接口调用")
        verbose_name_plural = _("接口调用")
        default_permissions = ()
        indexes = [
            models.Index(fields=["client", "-at"], name="gateway_call_client"),
            models.Index(fields=["-at", "-id"], name="gateway_call_newest"),
            models.Index(
                fields=["trace_id"], name="gateway_call_trace", condition=~models.Q(trace_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"

    @property
    def shown_labels(self) -> list[str]:
        """What went out as it is, in words."""
        return _labels(self.shown)

    @property
    def covered_labels(self) -> list[str]:
        """What was masked, in words."""
        return _labels(self.covered)

    @property
    def is_refused(self) -> bool:
        """Whether the caller did not get what it asked for."""
        return self.status >= 400


def _labels(codes: str) -> list[str]:
    return [str(PersonalField(code).label) for code in codes.split(",") if code]
