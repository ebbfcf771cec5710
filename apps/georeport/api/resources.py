"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.georeport.permissions import REPORT_SCOPE, UPDATE_SCOPE

RESOURCE = Resource(
    "georeport",
    _("开放报告接口（GeoReport v2）"),
    _("按 Open311 GeoReport v2 上报、查询公开诉求、读写办理进展；密钥以 api_key 参数给出。"),
    ("/open311/",),
    {
        REPORT_SCOPE: _("按 GeoReport 上报"),
        UPDATE_SCOPE: _("按 GeoReport 回写进展"),
    },
)
