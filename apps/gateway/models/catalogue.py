"""The catalogue of services systems may use, and how each has been doing. Source: GW-03."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.gateway.enums import ServiceHealth, ServiceKind
from apps.gateway.models.connectors import Connector


class Service(models.Model):
    """One entry: what it does, where, whose, and whether it answers.

    kind: an own API (kept in step with the registered resources), a connector (kept in step
    with the connectors), or somebody else's. tenant: null for what every body may use.
    scopes: what a client must be granted to call an own API. health_url: asked with GET, a
    2xx is well; only for services of others.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    description = models.CharField(_("说明"), max_length=500, blank=True, default="")
    kind = models.CharField(_("类型"), max_length=10, choices=ServiceKind)
    version = models.CharField(_("版本"), max_length=20, default="1")
    endpoint = models.CharField(_("地址"), max_length=500)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, related_name="+", verbose_name=_("租户")
    )
    owner = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    scopes = models.JSONField(_("所需授权"), default=list)
    connector = models.OneToOneField(
        Connector, models.CASCADE, null=True, related_name="+", verbose_name=_("对接系统")
    )
    health_url = models.CharField(_("健康检查地址"), max_length=500, blank=True, default="")
    health = models.CharField(
        _("健康状况"), max_length=8, choices=ServiceHealth, default=ServiceHealth.UNKNOWN
    )
    checked_at = models.DateTimeField(_("最近检查"), null=True)
    retired_at = models.DateTimeField(_("下线时间"), null=True)

    class Meta:
        verbose_name = _("服务")
        verbose_name_plural = _("服务")
        default_permissions = ()
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class ServiceCheck(models.Model):
    """One look at a service. Kept for the history."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="checks")
    at = models.DateTimeField(_("时间"))
    health = models.CharField(_("健康状况"), max_length=8, choices=ServiceHealth)
    duration_ms = models.PositiveIntegerField(_("耗时（毫秒）"), default=0)
    reason = models.CharField(_("说明"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("健康检查")
        verbose_name_plural = _("健康检查")
        default_permissions = ()
        indexes = [models.Index(fields=["service", "-at"], name="gateway_check_newest")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.health}"
