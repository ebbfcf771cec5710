"""Programs of other systems that call the API. Source: MT-13."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User


class ApiClient(models.Model):
    """One program of one government body; it acts as a service account.

    Of the key ``<prefix>.<secret>`` only the prefix and a digest are kept. A rotated key is
    valid beside the new one until ``previous_key_until``, so that the other side can change
    over without an outage. scopes limit the client to a part of what its service account may.
    """

    name = models.CharField(_("名称"), max_length=80)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    service_user = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("服务账号")
    )
    key_prefix = models.CharField(_("密钥前缀"), max_length=12, unique=True)
    key_hash = models.CharField(_("密钥摘要"), max_length=64)
    previous_key_hash = models.CharField(_("旧密钥摘要"), max_length=64, blank=True, default="")
    previous_key_until = models.DateTimeField(_("旧密钥有效至"), null=True, blank=True)
    scopes = models.JSONField(_("授权范围"), default=list)
    rate = models.CharField(_("频率上限"), max_length=20, blank=True, default="")
    allowed_ranges = models.JSONField(_("来源地址范围"), default=list, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效至"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口客户端")
        verbose_name_plural = _("接口客户端")
        default_permissions = ()
        permissions = [("manage_clients", _("管理接口客户端"))]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """The name kept in the log."""
        return self.name
