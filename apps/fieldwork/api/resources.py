"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

RESOURCE = Resource(
    "fieldwork",
    _("网格员与巡查"),
    _("网格员名册（姓名、电话脱敏，不含位置）和巡查任务的完成情况，不含轨迹。"),
    ("/api/v1/field-workers/", "/api/v1/patrols/"),
    scopes={"fieldwork.read": _("查询网格员与巡查")},
)
