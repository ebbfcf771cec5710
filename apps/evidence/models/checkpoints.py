"""What the city says of its log each day, signed, and who else vouches for it.

A checkpoint is a short text: so many seals, this Merkle root over them, this moment. Its bytes
are signed and never changed (migration 0001 lets no row be updated or deleted). Whoever holds
yesterday's checkpoint can prove that today's log still begins with yesterday's.
Source: AU-03, AU-04; RFC 6962.
"""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    """An Ed25519 key that signs checkpoints. fingerprint: of the raw public key.

    endorsement: signature of the key before over this public key (PEM), so that a chain of
    keys leads back to the first; empty for the first one.
    """

    fingerprint = models.CharField(_("指纹"), max_length=64, unique=True)
    public_pem = models.TextField(_("公钥"))
    sealed_private = models.TextField(_("加密的私钥"))
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="next", verbose_name=_("上一把密钥")
    )
    endorsement = models.CharField(_("背书签名"), max_length=120, blank=True, default="")
    made_at = models.DateTimeField(_("生成时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("检查点签名密钥")
        verbose_name_plural = _("检查点签名密钥")
        default_permissions = ()
        ordering = ["pk"]
        permissions = [("rotate_key", _("更换检查点签名密钥"))]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="evidence_one_active_key", condition=models.Q(retired_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.short

    @property
    def short(self) -> str:
        """The fingerprint as people compare it."""
        return " ".join(self.fingerprint[at : at + 4] for at in range(0, 16, 4))


class Checkpoint(models.Model):
    """One signed statement about a stream. body: the very text that is signed, canonical JSON.

    size: seals covered; rows: entries in them; root: Merkle root over the seals, hex; digest:
    SHA-256 of the body, hex; signature: base64.
    """

    stream = models.CharField(_("日志流"), max_length=20, default="audit")
    number = models.PositiveBigIntegerField(_("序号"))
    size = models.PositiveBigIntegerField(_("封存数"))
    rows = models.PositiveBigIntegerField(_("记录数"))
    root = models.CharField(_("根摘要"), max_length=64)
    head_digest = models.CharField(_("链头摘要"), max_length=64)
    previous_digest = models.CharField(_("上一检查点摘要"), max_length=64)
    body = models.TextField(_("内容"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True)
    signature = models.CharField(_("签名"), max_length=120)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="checkpoints")
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("检查点")
        verbose_name_plural = _("检查点")
        default_permissions = ()
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="evidence_checkpoint_number"),
        ]

    def __str__(self) -> str:
        return f"{self.stream}-{self.number:06d}"

    @property
    def statement(self) -> dict[str, Any]:
        """The body, read."""
        return dict(json.loads(self.body))


class SealTile(models.Model):
    """The leaves of 256 seals in a row in the tree of checkpoints, so that proofs read few rows.

    number: from 0. leaves: 32 bytes each; root: of their subtree, hex. Derived from the seals;
    a proof built on it is checked against the signed root before it is given out.
    """

    number = models.PositiveBigIntegerField(_("序号"), primary_key=True)
    root = models.CharField(_("根摘要"), max_length=64)
    leaves = models.BinaryField(_("逐条摘要"))

    class Meta:
        verbose_name = _("封存树片")
        verbose_name_plural = _("封存树片")
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.number}"


class CheckpointCopy(models.Model):
    """The file outside the database that holds a checkpoint. path: below the export folder."""

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, related_name="copy")
    path = models.CharField(_("文件"), max_length=200)
    written_at = models.DateTimeField(_("写入时间"))

    class Meta:
        verbose_name = _("检查点存档")
        verbose_name_plural = _("检查点存档")
        default_permissions = ()

    def __str__(self) -> str:
        return self.path


class TimeStamp(models.Model):
    """Somebody else's word that a checkpoint existed at a moment (RFC 3161)."""

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, related_name="stamp")
    authority = models.CharField(_("时间戳机构"), max_length=80)
    token = models.BinaryField(_("时间戳"))
    trusted = models.TextField(_("信任的证书"))
    serial = models.CharField(_("序列号"), max_length=80)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("时间戳")
        verbose_name_plural = _("时间戳")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.checkpoint} {self.at:%Y-%m-%d %H:%M:%S}"
