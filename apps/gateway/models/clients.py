"""Programs of other systems that call the API, and what they prove themselves with.

Source: MT-13, GW-02.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.gateway.enums import SignatureAlgorithm


class ApiClient(models.Model):
    """One program of one government body; it acts as a service account.

    owner: the unit that answers for it. scopes limit the client to a part of what its service
    account may. rate: ``600/min``, empty for the general one; daily_quota: calls in a day of
    the city's time zone, 0 for any number. requires_signature: a key alone does not suffice,
    every request is signed (RFC 9421).
    """

    name = models.CharField(_("名称"), max_length=80)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    owner = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    service_user = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("服务账号")
    )
    scopes = models.JSONField(_("授权范围"), default=list)
    rate = models.CharField(_("频率上限"), max_length=20, blank=True, default="")
    daily_quota = models.PositiveIntegerField(_("每日配额"), default=0)
    allowed_ranges = models.JSONField(_("来源地址范围"), default=list, blank=True)
    requires_signature = models.BooleanField(_("必须签名"), default=False)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效至"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

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


class ApiKey(models.Model):
    """One key ``<prefix>.<secret>`` of a client; two may be live, so that rotation costs no outage.

    Of the secret only a digest is kept. ends_at: not valid from then on; null: no end.
    """

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="keys")
    prefix = models.CharField(_("密钥前缀"), max_length=12)
    digest = models.CharField(_("密钥摘要"), max_length=64)
    issued_at = models.DateTimeField(_("签发时间"))
    issued_by_name = models.CharField(_("签发人"), max_length=100)
    ends_at = models.DateTimeField(_("有效至"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("接口密钥")
        verbose_name_plural = _("接口密钥")
        default_permissions = ()
        ordering = ["-issued_at", "-id"]
        constraints = [
            # Before keys had rows of their own, a rotated key kept the prefix of the old one.
            models.UniqueConstraint(fields=["prefix", "digest"], name="gateway_key_once"),
        ]

    def __str__(self) -> str:
        return self.prefix


class SigningKey(models.Model):
    """What a client signs its requests with (RFC 9421), named by ``keyid``.

    material: the raw public key (ed25519), base64; or the shared secret (hmac-sha256), base64
    and encrypted with the key of this installation. ends_at: as with ``ApiKey``.
    """

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="signing_keys")
    keyid = models.CharField(_("签名密钥编号"), max_length=20, unique=True)
    algorithm = models.CharField(_("算法"), max_length=12, choices=SignatureAlgorithm)
    material = models.TextField(_("密钥内容"))
    issued_at = models.DateTimeField(_("签发时间"))
    issued_by_name = models.CharField(_("签发人"), max_length=100)
    ends_at = models.DateTimeField(_("有效至"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("请求签名密钥")
        verbose_name_plural = _("请求签名密钥")
        default_permissions = ()
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(algorithm__in=SignatureAlgorithm.values),
                name="gateway_signing_algorithm",
            ),
        ]

    def __str__(self) -> str:
        return self.keyid


class UsedNonce(models.Model):
    """A nonce seen while Redis was away, so that a replay is refused then as well."""

    digest = models.CharField(_("摘要"), max_length=64, unique=True)
    expires_at = models.DateTimeField(_("失效时间"), db_index=True)

    class Meta:
        verbose_name = _("已用随机数")
        verbose_name_plural = _("已用随机数")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest[:12]
