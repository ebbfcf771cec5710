"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.journals.permissions import SEND

RESOURCE = Resource(
    "journals",
    _("运行日志"),
    _("批量上报主机和程序的运行日志，供检索和预警；个人信息和口令在入库前遮盖。"),
    ("/api/v1/journals/",),
    scopes={SEND: _("上报运行日志")},
)
