"""The city's side: who passes on, a mirror of what was passed on, and what is given back."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.districts.enums import BackKind, Kind
from apps.gateway.models import ApiClient
from apps.places.models import Area


class Peer(models.Model):
    """A district that passes on, bound to one gateway client and one area.

    promise_minutes: it is heard at least so often, else it counts as silent. heard_at: of the
    last batch that was understood; null: never.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    name = models.CharField(_("名称"), max_length=80)
    client = models.OneToOneField(ApiClient, models.PROTECT, related_name="district_peer")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("辖区"))
    promise_minutes = models.PositiveIntegerField(_("最长静默（分钟）"), default=60)
    is_active = models.BooleanField(_("接收"), default=True)
    created_at = models.DateTimeField(_("登记时间"))
    heard_at = models.DateTimeField(_("最近收到"), null=True)

    class Meta:
        verbose_name = _("汇聚来源区")
        verbose_name_plural = _("汇聚来源区")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class _Mirror(models.Model):
    """A row as the district said it last.

    origin: its identity there; version: rising there, an older one never replaces a newer.
    data: the whole row; the columns beside it are what lists and figures ask by.
    """

    origin = models.CharField(_("来源编号"), max_length=160)
    version = models.BigIntegerField(_("来源版本"))
    digest = models.CharField(_("摘要"), max_length=64)
    data = models.JSONField(_("内容"))
    first_received_at = models.DateTimeField(_("首次收到"))
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return self.origin


class Placed(_Mirror):
    """A row that stands somewhere, and may leave again.

    gone_at: since when the district no longer passes it on; then ``data`` and ``point`` are empty
    and the columns as they were. Of a row never seen before it is a stub, which holds back what
    was sent earlier and comes later.
    """

    point = models.PointField(_("位置"), srid=4326, null=True)
    gone_at = models.DateTimeField(_("不再汇入时间"), null=True)

    class Meta(_Mirror.Meta):
        abstract = True


class MirrorDevice(Placed):
    """A device of a district."""

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="devices")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    profile = models.CharField(_("型号"), max_length=40)
    state = models.CharField(_("状态"), max_length=10)
    is_active = models.BooleanField(_("启用"))

    class Meta(_Mirror.Meta):
        verbose_name = _("区级设备")
        verbose_name_plural = _("区级设备")
        constraints = [
            models.UniqueConstraint(fields=["peer", "origin"], name="districts_device_once"),
        ]


class MirrorFigure(_Mirror):
    """An hour of a series of a district. hour: its beginning."""

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="figures")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    device = models.CharField(_("设备"), max_length=64)
    field = models.CharField(_("字段"), max_length=40)
    hour = models.DateTimeField(_("小时"))

    class Meta(_Mirror.Meta):
        verbose_name = _("区级小时值")
        verbose_name_plural = _("区级小时值")
        constraints = [
            models.UniqueConstraint(fields=["peer", "origin"], name="districts_figure_once"),
        ]
        indexes = [models.Index(fields=["peer", "-hour"], name="districts_figure_hour")]


class MirrorAlarm(Placed):
    """An alarm of a district. ended_at: null while it stands."""

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="alarms")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    kind = models.CharField(_("类别"), max_length=60)
    level = models.PositiveSmallIntegerField(_("级别"))
    raised_at = models.DateTimeField(_("告警时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta(_Mirror.Meta):
        verbose_name = _("区级告警")
        verbose_name_plural = _("区级告警")
        constraints = [
            models.UniqueConstraint(fields=["peer", "origin"], name="districts_alarm_once"),
        ]
        indexes = [models.Index(fields=["peer", "-raised_at"], name="districts_alarm_raised")]


class MirrorCase(Placed):
    """A case of a district; texts came covered unless two people there agreed otherwise."""

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="cases")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    class_code = models.CharField(_("分类"), max_length=40)
    category = models.CharField(_("状态类别"), max_length=10)
    opened_at = models.DateTimeField(_("登记时间"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta(_Mirror.Meta):
        verbose_name = _("区级案件")
        verbose_name_plural = _("区级案件")
        constraints = [
            models.UniqueConstraint(fields=["peer", "origin"], name="districts_case_once"),
        ]
        indexes = [models.Index(fields=["peer", "-opened_at"], name="districts_case_opened")]


class DayCount(models.Model):
    """How many rows of a class came on a day of the city, by what was said of them."""

    peer = models.ForeignKey(Peer, models.CASCADE, related_name="day_counts")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    day = models.DateField(_("日期"))
    accepted = models.PositiveBigIntegerField(_("已接收"), default=0)
    unchanged = models.PositiveBigIntegerField(_("无变化"), default=0)
    refused = models.PositiveBigIntegerField(_("已拒收"), default=0)

    class Meta:
        verbose_name = _("每日接收")
        verbose_name_plural = _("每日接收")
        default_permissions = ()
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["peer", "kind", "day"], name="districts_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.kind} {self.day}"


class RowRefusal(models.Model):
    """One row that was not taken, and why; of a batch the first few are kept."""

    peer = models.ForeignKey(Peer, models.CASCADE, related_name="refusals")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    origin = models.CharField(_("来源编号"), max_length=160, blank=True, default="")
    field = models.CharField(_("字段"), max_length=40)
    reason = models.CharField(_("原因"), max_length=200)
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("拒收的行")
        verbose_name_plural = _("拒收的行")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.kind} {self.origin}"


class BackFigure(models.Model):
    """What a peer is given back of one day; never changed: a correction is a later row.

    Written with the peer locked, so that the keys of one peer become visible in their order
    and a reader that remembers the last key misses none.
    """

    peer = models.ForeignKey(Peer, models.CASCADE, related_name="back_figures")
    kind = models.CharField(_("类别"), max_length=10, choices=BackKind)
    day = models.DateField(_("日期"))
    body = models.JSONField(_("内容"))
    made_at = models.DateTimeField(_("产生时间"))

    class Meta:
        verbose_name = _("回传数据")
        verbose_name_plural = _("回传数据")
        default_permissions = ()
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["peer", "id"], name="districts_back_feed"),
            models.Index(fields=["peer", "kind", "day", "-id"], name="districts_back_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.kind} {self.day}"
