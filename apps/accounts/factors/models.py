"""Rows of text-message codes and of certificates; loaded with ``apps.accounts.models``."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PhoneFactor(models.Model):
    """A telephone that receives codes for one account, proved by such a code.

    phone: the number that was proved. A number changed later in the file does not follow here:
    else whoever holds an open browser could lead the codes elsewhere.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="phone_factor"
    )
    phone = models.CharField(_("手机"), max_length=30)
    proved_at = models.DateTimeField(_("验证时间"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("短信验证")
        verbose_name_plural = _("短信验证")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)


class PhoneCode(models.Model):
    """A code sent to a telephone, good once and for some minutes.

    code_digest: keyed, over the row's own key and the code. ended_at: used, replaced, or tried
    too often; one code of an account lives at a time.
    """

    class Purpose(models.TextChoices):
        ENROL = "enrol", _("登记手机")
        PROVE = "prove", _("确认身份")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    purpose = models.CharField(_("用途"), max_length=5, choices=Purpose)
    phone = models.CharField(_("手机"), max_length=30)
    code_digest = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("有效期至"), db_index=True)
    tries = models.PositiveSmallIntegerField(_("试错次数"), default=0)
    ended_at = models.DateTimeField(_("失效时间"), null=True)

    class Meta:
        verbose_name = _("短信验证码")
        verbose_name_plural = _("短信验证码")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(ended_at__isnull=True),
                name="phone_code_live_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_purpose_display()}"


class Certificate(models.Model):
    """A certificate that speaks for one account until it is ended.

    Known by its issuer and serial number, as a revocation list knows it. serial: hexadecimal.
    issuer_digest: SHA-256 of the issuer's name as encoded. fingerprint: SHA-256 of the whole.
    Registered by one person, checked by another; see ``certificates``.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="certificates")
    serial = models.CharField(_("序列号"), max_length=40)
    issuer_digest = models.CharField(max_length=64)
    fingerprint = models.CharField(_("指纹"), max_length=64)
    subject = models.CharField(_("持有人"), max_length=300)
    issuer = models.CharField(_("颁发机构"), max_length=300)
    expires_at = models.DateTimeField(_("有效期至"))
    registered_at = models.DateTimeField(_("登记时间"))
    registered_by = models.CharField(_("登记人"), max_length=100)
    checked_by = models.CharField(_("复核人"), max_length=100)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_for = models.CharField(_("停用原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("数字证书")
        verbose_name_plural = _("数字证书")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["issuer_digest", "serial"],
                condition=models.Q(ended_at__isnull=True),
                name="certificate_bound_once",
            ),
        ]
        indexes = [models.Index(fields=["user", "ended_at"], name="certificate_user")]

    def __str__(self) -> str:
        return self.subject


class SpentChallenge(models.Model):
    """A challenge a certificate has answered: it is never taken again.

    Written when the signature was right, so that nobody fills the table with guesses.
    """

    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("已用的挑战")
        verbose_name_plural = _("已用的挑战")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest[:12]
