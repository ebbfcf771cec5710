"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

TILES = "map.tiles"
RESOURCE = Resource(
    "map",
    _("一张图瓦片"),
    _("图层的矢量瓦片及其说明，以服务账号可见的数据为限。"),
    ("/api/v1/map/",),
    scopes={TILES: _("读取地图瓦片")},
)
