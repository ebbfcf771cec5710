"""What clients may reach of work orders (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ, FILE = "orders.read", "orders.report"
RESOURCE = Resource(
    "orders",
    _("运维工单"),
    _("查询运维工单及其状态和时限，上报故障；只涉及服务账号管辖范围内的工单和设备。"),
    ("/api/v1/orders/",),
    scopes={READ: _("查询运维工单"), FILE: _("上报故障")},
)
