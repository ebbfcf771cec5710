"""Edge nodes, the devices behind them, the batches they delivered. Source: IO-18."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.gateway.models import ApiClient
from apps.places.models import Area
from apps.polling.models.links import LinkFigures
from apps.sensing.models import Device


class EdgeNode(LinkFigures):
    """A computer in the field that collects and delivers, late where the line was down.

    client: the API client it calls as. silent_after_s: unheard so long it is silent.
    heard_at: its last call. backlog: readings it still holds, as it says. cpu_percent and the
    like: what it last said of its own resources, at resources_at. device: the card it has as a
    device, so that its resources are readings too, with curves and threshold rules.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    client = models.OneToOneField(
        ApiClient, models.PROTECT, related_name="edge_node", verbose_name=_("接口客户端")
    )
    silent_after_s = models.PositiveIntegerField(_("多久无消息判失联（秒）"), default=300)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))
    heard_at = models.DateTimeField(_("最近消息"), null=True)
    backlog = models.PositiveBigIntegerField(_("积压读数"), default=0)
    version = models.CharField(_("软件版本"), max_length=40, blank=True, default="")
    cpu_percent = models.FloatField(_("处理器占用（%）"), null=True)
    memory_percent = models.FloatField(_("内存占用（%）"), null=True)
    disk_percent = models.FloatField(_("磁盘占用（%）"), null=True)
    temperature_c = models.FloatField(_("温度（℃）"), null=True)
    resources_at = models.DateTimeField(_("资源上报时间"), null=True)
    device = models.OneToOneField(
        Device, models.PROTECT, null=True, related_name="edge_node",
        verbose_name=_("节点自身的设备档案"),
    )  # fmt: skip
    is_silent = models.BooleanField(_("失联"), default=False)

    class Meta:
        verbose_name = _("边缘节点")
        verbose_name_plural = _("边缘节点")
        default_permissions = ()
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(silent_after_s__gte=30), name="polling_edge_rule"),
        ]

    def __str__(self) -> str:
        return self.name


class EdgeDevice(models.Model):
    """A device that reports through an edge node, and through that one only."""

    node = models.ForeignKey(
        EdgeNode, models.CASCADE, related_name="devices", verbose_name=_("边缘节点")
    )
    device = models.OneToOneField(
        Device, models.CASCADE, related_name="behind", verbose_name=_("感知设备")
    )

    class Meta:
        verbose_name = _("边缘设备")
        verbose_name_plural = _("边缘设备")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.node_id} {self.device_id}"


class EdgeBatch(models.Model):
    """A batch that was delivered, and what was answered: the same number is answered the same."""

    node = models.ForeignKey(
        EdgeNode, models.CASCADE, related_name="batches", verbose_name=_("边缘节点")
    )
    number = models.BigIntegerField(_("批号"))
    digest = models.CharField(_("摘要"), max_length=64)
    answer = models.JSONField(_("应答"))
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("边缘批次")
        verbose_name_plural = _("边缘批次")
        default_permissions = ()
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["node", "number"], name="polling_batch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.number}"
