"""Other units that look at the checkpoints and put their own signature beside ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.evidence.models.checkpoints import Checkpoint
from apps.gateway.models import ApiClient


class Witness(models.Model):
    """A unit that co-signs checkpoints. public_pem: its Ed25519 key, given to us on paper."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("单位"), max_length=80)
    client = models.OneToOneField(
        ApiClient, models.PROTECT, related_name="witness", verbose_name=_("接口客户端")
    )
    public_pem = models.TextField(_("公钥"))
    is_active = models.BooleanField(_("启用"), default=True)
    registered_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("见证方")
        verbose_name_plural = _("见证方")
        default_permissions = ()
        ordering = ["code"]
        permissions = [("manage_witnesses", _("登记见证方"))]

    def __str__(self) -> str:
        return self.name


class Testimony(models.Model):
    """What a witness said of a checkpoint. statement: the very text it signed, JSON."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="testimonies")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="testimonies")
    agrees = models.BooleanField(_("认可"))
    reason = models.CharField(_("理由"), max_length=200, blank=True, default="")
    statement = models.TextField(_("内容"))
    signature = models.CharField(_("签名"), max_length=120)
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("见证")
        verbose_name_plural = _("见证")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="evidence_testify_once"),
        ]

    def __str__(self) -> str:
        return f"{self.witness} {self.checkpoint}"
