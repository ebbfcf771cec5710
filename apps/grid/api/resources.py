"""What clients may reach here (``gateway.registry``); views ask for the scopes of cases."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

RESOURCE = Resource(
    "grid_events",
    _("网格事件"),
    _("上报部件和事件，查询网格事件及其核查、照片比对结果；需“登记诉求和申报”或“查询案件”授权。"),
    ("/api/v1/grid-events/",),
    asks=("cases.report", "cases.read"),
)
