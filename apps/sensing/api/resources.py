"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.sensing.permissions import SEND

RESOURCE = Resource(
    "sensing",
    _("感知设备"),
    _("批量上报感知设备的读数；只能上报服务账号管辖范围内的设备。设备自身以设备凭据上报。"),
    ("/api/v1/sensing/",),
    scopes={SEND: _("上报感知读数")},
)
