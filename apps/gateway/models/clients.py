"""Programs of other systems that call the API, and what they prove themselves with.

Source: MT-13, GW-02.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.common import clock
from apps.gateway.enums import SignatureAlgorithm


class ApiClient(models.Model):
    """One program of one government body; it acts as a service account.

    owner: the unit that answers for it; owner_person: the one in it who is told. Once nobody
    answers any more (``ownerless_since``) the unit has some days to name another, then the
    client is suspended until it does. scopes limit the client to a part of what its service
    account may. clear_fields: personal data answered as it is (``PersonalField``) until
    ``clear_until``, for ``clear_purpose``; everything else is masked. rate: ``600/min``, empty
    for the general one; daily_quota: calls in a day of the city's time zone, 0 for any number.
    requires_signature: a key alone does not suffice, every request is signed (RFC 9421).
    requires_certificate: it comes over a connection with one of its registered certificates.
    is_trial: whatever it writes is done whole and then taken back (``gateway.trial``).
    """

    name = models.CharField(_("名称"), max_length=80)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    owner = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    owner_person = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("责任人")
    )
    ownerless_since = models.DateTimeField(_("无责任人自"), null=True)
    suspended_at = models.DateTimeField(_("暂停时间"), null=True)
    service_user = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("服务账号")
    )
    scopes = models.JSONField(_("授权范围"), default=list)
    rate = models.CharField(_("频率上限"), max_length=20, blank=True, default="")
    daily_quota = models.PositiveIntegerField(_("每日配额"), default=0)
    allowed_ranges = models.JSONField(_("来源地址范围"), default=list, blank=True)
    requires_signature = models.BooleanField(_("必须签名"), default=False)
    requires_certificate = models.BooleanField(_("必须使用客户端证书"), default=False)
    is_trial = models.BooleanField(_("试用"), default=False)
    clear_fields = models.JSONField(_("未脱敏字段"), default=list, blank=True)
    clear_purpose = models.CharField(_("查看目的"), max_length=200, blank=True, default="")
    clear_until = models.DateTimeField(_("未脱敏有效至"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效至"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口客户端")
        verbose_name_plural = _("接口客户端")
        default_permissions = ()
        permissions = [("manage_clients", _("管理接口客户端"))]
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(clear_fields=[])
                | (~Q(clear_purpose="") & Q(clear_until__isnull=False)),
                name="gateway_clear_has_purpose",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """The name kept in the log."""
        return self.name

    @property
    def clear_now(self) -> frozenset[str]:
        """The personal data it sees as it is at this moment."""
        over = self.clear_until is None or clock.now() >= self.clear_until
        return frozenset() if over else frozenset(self.clear_fields)


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


class ClientCertificate(models.Model):
    """A certificate a client comes with over mutual TLS (RFC 8705), told by the proxy.

    thumbprint: SHA-256 of the DER form, base64url without padding (``x5t#S256``). Registering
    one gives nothing by itself: key or signature are asked for as well.
    """

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="certificates")
    thumbprint = models.CharField(_("证书摘要"), max_length=43)
    subject = models.CharField(_("证书主体"), max_length=200)
    not_after = models.DateTimeField(_("证书有效至"))
    issued_at = models.DateTimeField(_("登记时间"))
    issued_by_name = models.CharField(_("登记人"), max_length=100)
    ends_at = models.DateTimeField(_("有效至"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("客户端证书")
        verbose_name_plural = _("客户端证书")
        default_permissions = ()
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "thumbprint"], name="gateway_certificate_once"
            ),
        ]

    def __str__(self) -> str:
        return self.thumbprint


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
