"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.callbacks.permissions import API_CALL, API_READ
from apps.gateway.registry import Resource

RESOURCE = Resource(
    "callbacks",
    _("回访"),
    _("查询回访任务和结果；领取、拨打、登记回访。以服务账号的辖区为限，不含本单位办理的案件。"),
    ("/api/v1/callbacks/",),
    {API_READ: _("查询回访"), API_CALL: _("办理回访")},
)
