"""What phones have sent: deeds with their answers, and photographs on their way."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.common.models import StoredFile
from apps.phone.enums import DeedState


class Deed(models.Model):
    """One thing a worker did, under the key their phone gave it.

    The key is once per worker for ever: the same key again gets ``answer`` again.
    digest: SHA-256 of what was typed; another content under the same key is refused, unless the
    first was refused itself.
    at: when it was done, by the phone's clock put right; phone_at: as the phone said.
    skew_s: how far the phone's clock was ahead of ours when it sent.
    content: as it came, so that nothing typed is lost whatever becomes of it.
    tenant, area_path: whose leader may read what was kept.
    marks: what was odd about it (``DeedMark``). settled_*: who dealt with what was kept.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("网格员"))
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, related_name="+", verbose_name=_("机构")
    )
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    key = models.UUIDField(_("手机端编号"))
    kind = models.CharField(_("类别"), max_length=30)
    digest = models.CharField(_("内容摘要"), max_length=64)
    content = models.JSONField(_("内容"), default=dict)
    point = models.PointField(_("位置"), srid=4326, null=True)
    at = models.DateTimeField(_("发生时间"))
    phone_at = models.DateTimeField(_("手机时间"))
    received_at = models.DateTimeField(_("收到时间"))
    skew_s = models.IntegerField(_("时钟偏差（秒）"), default=0)
    state = models.CharField(_("状态"), max_length=10, choices=DeedState)
    marks = models.JSONField(_("标记"), default=list)
    answer = models.JSONField(_("答复"), default=dict)
    failures = models.PositiveSmallIntegerField(_("出错次数"), default=0)
    settled_at = models.DateTimeField(_("处理时间"), null=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("处理人")
    )
    settled_note = models.CharField(_("处理说明"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("手机端作业")
        verbose_name_plural = _("手机端作业")
        permissions = [
            ("use_phone", _("使用网格员手机端")),
            ("read_kept", _("查看手机端留存")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="phone_deed_key_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-at"], name="phone_deed_newest"),
            models.Index(
                fields=["tenant", "-received_at"],
                name="phone_deed_kept",
                condition=models.Q(state__in=["kept", "conflict"], settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class PhonePhoto(models.Model):
    """A photograph of one worker, known by the digest of the bytes on the phone.

    The server writes pictures anew, so ``stored`` has a digest of its own. received_bytes: how
    much of an unfinished one has arrived; the bytes lie beside the stored files until it is whole.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("网格员"))
    sha256 = models.CharField(_("手机端摘要"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("大小（字节）"))
    received_bytes = models.PositiveIntegerField(_("已收到（字节）"), default=0)
    stored = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField(_("开始时间"))

    class Meta:
        verbose_name = _("手机端照片")
        verbose_name_plural = _("手机端照片")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "sha256"], name="phone_photo_once"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
