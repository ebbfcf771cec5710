"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.observing.permissions import SURFACES

RESOURCE = Resource(
    "observing",
    _("监测量分布面"),
    _("按监测量、小时和区域取插值面及各站数值（GeoJSON）；以服务账号可见的设备为限。"),
    ("/api/v1/sensing/surface/",),
    scopes={SURFACES: _("读取监测量分布面")},
)
