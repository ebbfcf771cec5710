"""Gateways that are asked, plans of what stands where, and who is asked by which plan."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.places.models import Area
from apps.polling.enums import ByteOrder, DataType, Protocol, SnmpVersion, Table
from apps.polling.models.links import LinkFigures
from apps.sensing.models import Device, DeviceProfile, ProfileField


class Gateway(LinkFigures):
    """One address that answers for the devices behind it. Source: IO-09, IO-10.

    host: an IP address within the device networks, never a name. secret: what we prove
    ourselves with, JSON encrypted with the key of this installation (``gateway.sealing``).
    concurrency: so many connections at once. claim, claimed_until: one worker asks it until
    then. failures: sessions in a row in which nothing answered; retry_at: not asked before.
    is_interrupted: the alarm of it stands. is_tls: HTTP over TLS; its certificate must be
    signed by the city's authority and made out to server_name, "" for the address itself.
    """

    name = models.CharField(_("名称"), max_length=60)
    protocol = models.CharField(_("协议"), max_length=8, choices=Protocol)
    host = models.GenericIPAddressField(_("IP 地址"))
    port = models.PositiveIntegerField(_("端口"))
    snmp_version = models.CharField(
        _("SNMP 版本"), max_length=2, choices=SnmpVersion, default=SnmpVersion.V2C
    )
    secret = models.TextField(_("凭据（密文）"), blank=True, default="")
    is_tls = models.BooleanField(_("TLS 加密"), default=False)
    server_name = models.CharField(_("证书名称"), max_length=253, blank=True, default="")
    timeout_s = models.PositiveSmallIntegerField(_("超时（秒）"), default=3)
    concurrency = models.PositiveSmallIntegerField(_("并发连接数"), default=1)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("建立时间"))
    claim = models.UUIDField(_("占用编号"), null=True)
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    polled_at = models.DateTimeField(_("最近轮询"), null=True)
    answered_at = models.DateTimeField(_("最近应答"), null=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    retry_at = models.DateTimeField(_("何时再试"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")
    is_interrupted = models.BooleanField(_("轮询中断"), default=False)

    class Meta:
        verbose_name = _("采集网关")
        verbose_name_plural = _("采集网关")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "host", "port"], name="polling_gateway_once"
            ),
            models.CheckConstraint(
                condition=Q(timeout_s__gte=1, timeout_s__lte=10)
                & Q(concurrency__gte=1, concurrency__lte=8)
                & Q(port__gte=1, port__lte=65535),
                name="polling_gateway_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PollPlan(models.Model):
    """What stands where in devices of one make: by field the register, object or JSON path."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    protocol = models.CharField(_("协议"), max_length=8, choices=Protocol)
    profile = models.ForeignKey(
        DeviceProfile, models.PROTECT, related_name="+", verbose_name=_("设备型号")
    )

    class Meta:
        verbose_name = _("采集方案")
        verbose_name_plural = _("采集方案")
        default_permissions = ()
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PlanLine(models.Model):
    """Where one field stands and how it is read: raw x scale + offset, in the field's unit.

    address: register counted from 0, object identifier, or JSON path (``data.list.0.value``).
    table, data_type, byte_order: of Modbus only.
    """

    plan = models.ForeignKey(
        PollPlan, models.CASCADE, related_name="lines", verbose_name=_("采集方案")
    )
    field = models.ForeignKey(
        ProfileField, models.CASCADE, related_name="+", verbose_name=_("字段")
    )
    address = models.CharField(_("地址"), max_length=120)
    table = models.CharField(_("寄存器表"), max_length=8, choices=Table, default=Table.HOLDING)
    data_type = models.CharField(
        _("数据类型"), max_length=8, choices=DataType, default=DataType.UINT16
    )
    byte_order = models.CharField(
        _("字节序"), max_length=4, choices=ByteOrder, default=ByteOrder.ABCD
    )
    scale = models.FloatField(_("倍率"), default=1)
    offset = models.FloatField(_("偏移"), default=0)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("采集项")
        verbose_name_plural = _("采集项")
        default_permissions = ()
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "field"], name="polling_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.field_id} {self.address}"


class Poll(models.Model):
    """One device asked through one gateway by one plan.

    address: the Modbus unit (1-247) or the HTTP path; of SNMP none. due_at: when next, always
    at the device's own place within the cycle. failures: in a row; missed: ever, with those
    that fell due while the gateway was not asked.
    """

    gateway = models.ForeignKey(
        Gateway, models.PROTECT, related_name="polls", verbose_name=_("采集网关")
    )
    device = models.OneToOneField(
        Device, models.PROTECT, related_name="poll", verbose_name=_("感知设备")
    )
    plan = models.ForeignKey(
        PollPlan, models.PROTECT, related_name="polls", verbose_name=_("采集方案")
    )
    address = models.CharField(_("单元号或路径"), max_length=200, blank=True, default="")
    every_s = models.PositiveIntegerField(_("轮询周期（秒）"))
    is_active = models.BooleanField(_("启用"), default=True)
    due_at = models.DateTimeField(_("下次轮询"))
    answered_at = models.DateTimeField(_("最近应答"), null=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    missed = models.PositiveBigIntegerField(_("漏采次数"), default=0)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")
    is_interrupted = models.BooleanField(_("轮询中断"), default=False)

    class Meta:
        verbose_name = _("轮询任务")
        verbose_name_plural = _("轮询任务")
        default_permissions = ()
        ordering = ["pk"]
        indexes = [models.Index(fields=["gateway", "due_at"], name="polling_due")]
        constraints = [
            models.CheckConstraint(condition=Q(every_s__gte=5), name="polling_cycle_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.address}"
