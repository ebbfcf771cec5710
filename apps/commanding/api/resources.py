"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.commanding.permissions import CALL
from apps.gateway.registry import Resource

RESOURCE = Resource(
    "commanding",
    _("设备命令"),
    _("向感知设备下达命令并查看结果；以服务账号的权限和管辖范围为限，须复核的命令仍由另一人复核。"),
    ("/api/v1/commands/",),
    scopes={CALL: _("下达设备命令")},
)
