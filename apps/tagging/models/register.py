"""Readers, tags, and what each tag was bound to when. Source: IO-14."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.sensing.models import Device
from apps.tagging.enums import ReaderKind, TagStandard, TagState


class Reader(models.Model):
    """A device that reads tags: a gate, a handheld one, or one that reports places of tags.

    Its name, place and key are those of the device. antennas: number of an antenna to the
    direction of those it reads ("in", "out"); one that is not named cannot tell. window_s: reads
    of a tag no further apart are one passage; 0: each moment is one, as where places are told.
    """

    device = models.OneToOneField(
        Device, models.PROTECT, related_name="tag_reader", verbose_name=_("感知设备")
    )
    kind = models.CharField(_("类型"), max_length=8, choices=ReaderKind)
    antennas = models.JSONField(_("天线方向"), default=dict, blank=True)
    window_s = models.PositiveSmallIntegerField(_("合并间隔（秒）"), default=60)

    class Meta:
        verbose_name = _("标签读写器")
        verbose_name_plural = _("标签读写器")
        default_permissions = ()
        permissions = [
            ("view_tags", _("查看标签与通行")),
            ("keep_tags", _("维护标签与读写器")),
        ]
        ordering = ["device__node"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ReaderKind.FIXED, window_s__range=(1, 3600))
                | (~Q(kind=ReaderKind.FIXED) & Q(window_s=0)),
                name="tagging_reader_window",
            ),
        ]

    def __str__(self) -> str:
        return self.device.asset.name


class Tag(models.Model):
    """One tag. epc: hexadecimal, upper case; tid: of the chip, "" where nobody read it.

    unit: whose tag it is. state "bound" exactly while it has an open binding, unless it is lost.
    """

    epc = models.CharField("EPC", max_length=124, unique=True)
    tid = models.CharField("TID", max_length=48, blank=True, default="")
    standard = models.CharField(_("标准"), max_length=12, choices=TagStandard)
    state = models.CharField(_("状态"), max_length=8, choices=TagState, default=TagState.FREE)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("权属单位")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    registered_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("标签")
        verbose_name_plural = _("标签")
        default_permissions = ()
        ordering = ["epc"]
        constraints = [
            models.UniqueConstraint(fields=["tid"], condition=~Q(tid=""), name="tagging_tid_once"),
        ]

    def __str__(self) -> str:
        return self.epc


class Batch(models.Model):
    """A lot of food that is followed from gate to gate (食品追溯批次)."""

    code = models.SlugField(_("批次号"), max_length=60, unique=True)
    product = models.CharField(_("产品"), max_length=80)
    origin = models.CharField(_("产地"), max_length=120)
    producer = models.CharField(_("生产单位"), max_length=120)
    made_on = models.DateField(_("生产日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("管理单位")
    )
    gap_hours = models.PositiveSmallIntegerField(_("间隔超过多少小时算断档"), default=24)
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("追溯批次")
        verbose_name_plural = _("追溯批次")
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(gap_hours__gte=1), name="tagging_batch_gap"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.code}"


class Binding(models.Model):
    """What a tag was bound to over a span: one thing of the register, or one batch.

    since: included; until: not, null while it lasts. Spans of a tag never overlap: each begins
    at the moment it is made, and a tag has one open at most.
    """

    tag = models.ForeignKey(Tag, models.PROTECT, related_name="bindings", verbose_name=_("标签"))
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="tag_bindings", verbose_name=_("部件")
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="bindings", verbose_name=_("追溯批次")
    )
    since = models.DateTimeField(_("自"))
    until = models.DateTimeField(_("至"), null=True)
    bound_by_name = models.CharField(_("绑定人"), max_length=100)
    ended_by_name = models.CharField(_("解绑人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("标签绑定")
        verbose_name_plural = _("标签绑定")
        default_permissions = ()
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tag"], condition=Q(until__isnull=True), name="tagging_bound_once"
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=True, batch__isnull=False)
                | Q(asset__isnull=False, batch__isnull=True),
                name="tagging_bound_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.since}"

    @property
    def thing(self) -> Asset | Batch:
        """What it is bound to."""
        found = self.asset if self.asset_id else self.batch
        assert found is not None  # a constraint says so
        return found
