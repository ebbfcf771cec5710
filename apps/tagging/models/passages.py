"""What was read, and the passages it comes to. Source: IO-13, IO-14."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.tagging.enums import Direction
from apps.tagging.models.register import Batch, Reader, Tag


class TagRead(models.Model):
    """One read as it came, of a known tag or an unknown one; kept so that none counts twice.

    antenna: 0 where the reader does not say. rssi: dBm. lon, lat: told by the reader itself.
    Deleted after ``settings.TAG_READ_KEEP_DAYS``; older reads are refused.
    """

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="+", verbose_name=_("读写器"))
    epc = models.CharField("EPC", max_length=124)
    antenna = models.PositiveSmallIntegerField(_("天线"), default=0)
    at = models.DateTimeField(_("时间"))
    rssi = models.FloatField(_("信号强度（dBm）"), null=True)
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)
    arrived_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("标签读取")
        verbose_name_plural = _("标签读取")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "epc", "at", "antenna"], name="tagging_read_once"
            ),
        ]
        indexes = [
            models.Index(fields=["reader", "arrived_at"], name="tagging_read_arrived"),
            models.Index(fields=["epc"], name="tagging_read_epc"),
            models.Index(fields=["at"], name="tagging_read_at"),
        ]

    def __str__(self) -> str:
        return f"{self.epc} {self.at}"


class Passage(models.Model):
    """A tag at a reader: reads no further apart than the reader's window, folded into one.

    count: reads; ins, outs: those of antennas that tell a direction. asset, batch: what the tag
    was bound to at first_at. point: where, null for a handheld reader that does not know.
    """

    reader = models.ForeignKey(
        Reader, models.PROTECT, related_name="passages", verbose_name=_("读写器")
    )
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="passages", verbose_name=_("标签"))
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="passages", verbose_name=_("部件")
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="passages", verbose_name=_("追溯批次")
    )
    first_at = models.DateTimeField(_("首次读到"))
    last_at = models.DateTimeField(_("末次读到"))
    count = models.PositiveIntegerField(_("读取次数"))
    best_rssi = models.FloatField(_("最强信号（dBm）"), null=True)
    ins = models.PositiveIntegerField(_("进向读取"), default=0)
    outs = models.PositiveIntegerField(_("出向读取"), default=0)
    direction = models.CharField(_("方向"), max_length=3, choices=Direction, blank=True, default="")
    point = models.PointField(_("位置"), srid=4326, null=True)

    class Meta:
        verbose_name = _("通行")
        verbose_name_plural = _("通行")
        default_permissions = ()
        ordering = ["-first_at", "-pk"]
        indexes = [
            models.Index(fields=["-first_at", "-id"], name="tagging_passage_at"),
            models.Index(fields=["reader", "-first_at"], name="tagging_passage_reader"),
            models.Index(fields=["tag", "reader", "first_at"], name="tagging_passage_tag"),
            models.Index(fields=["asset", "-first_at"], name="tagging_passage_asset"),
            models.Index(fields=["batch", "first_at"], name="tagging_passage_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.first_at}"


class UnknownTag(models.Model):
    """A tag nobody registered, at one reader. epc "": those past ``MOST_UNKNOWN`` together."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="+", verbose_name=_("读写器"))
    epc = models.CharField("EPC", max_length=124, blank=True)
    count = models.PositiveBigIntegerField(_("读取次数"))
    first_at = models.DateTimeField(_("首次读到"))
    last_at = models.DateTimeField(_("末次读到"))

    class Meta:
        verbose_name = _("未登记标签")
        verbose_name_plural = _("未登记标签")
        default_permissions = ()
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "epc"], name="tagging_unknown_once"),
        ]
        indexes = [models.Index(fields=["epc"], name="tagging_unknown_epc")]

    def __str__(self) -> str:
        return self.epc


class LastPlace(models.Model):
    """Where a thing with a tag was last seen, and by which reader; it only moves forward."""

    asset = models.OneToOneField(
        Asset, models.CASCADE, primary_key=True, related_name="tag_place", verbose_name=_("部件")
    )
    reader = models.ForeignKey(Reader, models.PROTECT, related_name="+", verbose_name=_("读写器"))
    point = models.PointField(_("位置"), srid=4326)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("标签最近位置")
        verbose_name_plural = _("标签最近位置")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.asset_id} {self.at}"
