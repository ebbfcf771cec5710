"""What clients may be let into here. Source: IO-05, IO-09."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ, WRITE = "sensorthings.read", "sensorthings.write"

RESOURCE = Resource(
    "sensorthings",
    _("感知数据标准接口"),
    _("按国际标准 OGC SensorThings API 1.1 读取和登记设备、数据流和读数，以服务账号可见的为限。"),
    ("/sta/",),
    {READ: _("读取感知设备和读数"), WRITE: _("登记感知设备和读数")},
    whole=("/sta",),
)
