"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.tagging.permissions import SEND

RESOURCE = Resource(
    "tagging",
    _("标签感知"),
    _("上报标签读写器的读取；只能上报服务账号管辖范围内的读写器。读写器自身以设备凭据上报。"),
    ("/api/v1/tagging/",),
    scopes={SEND: _("上报标签读取")},
)
