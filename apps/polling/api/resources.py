"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.polling.permissions import EDGE

RESOURCE = Resource(
    "collection",
    _("读数文件与边缘节点"),
    _("提交记录仪的读数文件并查询处理结果；边缘节点报到和补传批次。"),
    ("/api/v1/sensing/files/", "/api/v1/sensing/edge/"),
    scopes={EDGE: _("作为边缘节点报到和补传")},
)
