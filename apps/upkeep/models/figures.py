"""How much is asked of the platform."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestMinute(models.Model):
    """What all web processes answered in one minute. Source: OP-20, OP-21."""

    minute_at = models.DateTimeField(_("分钟"), primary_key=True)
    requests = models.PositiveIntegerField(_("请求数"))
    failures = models.PositiveIntegerField(_("失败数"))
    total_ms = models.PositiveBigIntegerField(_("总用时（毫秒）"))
    slowest_ms = models.PositiveIntegerField(_("最长用时（毫秒）"))

    class Meta:
        verbose_name = _("请求计数")
        verbose_name_plural = _("请求计数")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.minute_at:%F %H:%M}"
