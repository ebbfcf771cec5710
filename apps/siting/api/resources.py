"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.siting.permissions import READ

RESOURCE = Resource(
    "siting",
    _("点位规划"),
    _("读取点位规划、规划点位（GeoJSON）和覆盖测算；以服务账号可见的规划和部件为限。"),
    ("/api/v1/siting/",),
    scopes={READ: _("读取点位规划")},
)
