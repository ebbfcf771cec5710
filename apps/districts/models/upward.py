"""The district's side: what is passed on to the city, how far it is, and what came back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.districts.enums import BackKind, Kind
from apps.gateway.models import Connector, Delivery
from apps.places.models import Area


class Link(models.Model):
    """A city platform this district passes on to; address and state are the connector's.

    keyid, secret: of the signing key (HMAC-SHA256) the city gave; the secret encrypted
    (``gateway.sealing``). area: only what lies in it is passed on. back_cursor: how far what the
    city gives back was read; next_ask_at: not before; one worker at a time pushes it ahead.
    """

    connector = models.OneToOneField(Connector, models.PROTECT, related_name="district_link")
    keyid = models.CharField(_("签名密钥编号"), max_length=40)
    secret = models.TextField(_("签名密钥（密文）"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("范围"))
    back_cursor = models.BigIntegerField(_("回传已取至"), default=0)
    next_ask_at = models.DateTimeField(_("下次取回传"))
    asked_at = models.DateTimeField(_("最近取回传"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("市级链路")
        verbose_name_plural = _("市级链路")
        default_permissions = ()
        permissions = [
            ("manage_links", _("管理向市级汇聚的链路")),
            ("manage_peers", _("管理汇聚来源区")),
        ]

    def __str__(self) -> str:
        return str(self.connector_id)


class Stream(models.Model):
    """One class of data on one link.

    filters: codes it is limited to, empty for all: of profiles (devices, readings), of sources
    (alarms), of matters (cases). area: narrower than the link's; null: as the link.
    whole_at: when the last look over everything began that came to its end; scan_began_at,
    scan_after: the look under way and the key it got to. compared_at: when what was passed on
    was held against what still is to be; null: not yet. last_version: the version of the rows
    sent last, rising. Telephone and identity numbers in texts go as they are only between
    ``clear_approved_at`` and ``clear_until``, asked for by one person and agreed to by another.
    """

    link = models.ForeignKey(Link, models.CASCADE, related_name="streams")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    is_on = models.BooleanField(_("启用"), default=False)
    filters = models.JSONField(_("限定代码"), default=list)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("限定范围")
    )
    next_at = models.DateTimeField(_("下次汇集"))
    whole_at = models.DateTimeField(_("完整汇集至"))
    scan_began_at = models.DateTimeField(_("本轮开始"), null=True)
    scan_after = models.CharField(_("本轮进度"), max_length=60, blank=True, default="")
    compared_at = models.DateTimeField(_("最近核对"), null=True)
    last_version = models.BigIntegerField(_("最近版本"), default=0)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    clear_asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("不脱敏申请人")
    )
    clear_purpose = models.CharField(_("不脱敏用途"), max_length=200, blank=True, default="")
    clear_until = models.DateTimeField(_("不脱敏有效至"), null=True)
    clear_approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("不脱敏批准人")
    )
    clear_approved_at = models.DateTimeField(_("不脱敏批准时间"), null=True)

    class Meta:
        verbose_name = _("汇聚类别")
        verbose_name_plural = _("汇聚类别")
        default_permissions = ()
        ordering = ["link", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["link", "kind"], name="districts_stream_once"),
            models.CheckConstraint(
                condition=Q(clear_approved_by__isnull=True)
                | (Q(clear_asked_by__isnull=False) & ~Q(clear_approved_by=F("clear_asked_by"))),
                name="districts_clear_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.kind}"


class SentRow(models.Model):
    """What of one row was handed over last, so that only what changed goes again.

    digest: ``shapes.GONE_DIGEST`` of one that is no longer passed on, ``shapes.UNCERTAIN`` of one
    that must go again, whatever it says.
    """

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="sent_rows")
    origin = models.CharField(_("来源编号"), max_length=160)
    digest = models.CharField(_("摘要"), max_length=64)
    sent_at = models.DateTimeField(_("汇集时间"))

    class Meta:
        verbose_name = _("已汇集的行")
        verbose_name_plural = _("已汇集的行")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["stream", "origin"], name="districts_sent_once"),
        ]
        indexes = [models.Index(fields=["stream", "sent_at"], name="districts_sent_age")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.origin}"


class Batch(models.Model):
    """Rows that went together; ``delivery`` tells how the sending goes.

    body: the JSON sent, as it is; emptied when it is old. refusals: what the city refused, with
    row, field and reason.
    """

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="batches")
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("内容"), blank=True)
    row_count = models.PositiveIntegerField(_("行数"))
    made_at = models.DateTimeField(_("产生时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    accepted = models.PositiveIntegerField(_("已接收"), default=0)
    unchanged = models.PositiveIntegerField(_("无变化"), default=0)
    refused = models.PositiveIntegerField(_("已拒收"), default=0)
    refusals = models.JSONField(_("拒收明细"), default=list)

    class Meta:
        verbose_name = _("批次")
        verbose_name_plural = _("批次")
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["made_at"], name="districts_batch_full", condition=~Q(body="")),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.made_at}"


class ReceivedFigure(models.Model):
    """One figure the city gave back; a later one of the same day and kind replaces it."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="received")
    kind = models.CharField(_("类别"), max_length=10, choices=BackKind)
    day = models.DateField(_("日期"))
    number = models.BigIntegerField(_("市级编号"))
    body = models.JSONField(_("内容"), default=dict)
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("市级回传")
        verbose_name_plural = _("市级回传")
        default_permissions = ()
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["link", "kind", "day"], name="districts_received_once"),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.kind} {self.day}"
