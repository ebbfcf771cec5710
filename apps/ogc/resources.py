"""What clients may be let into here. Source: GE-04."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ = "map:read"

RESOURCE = Resource(
    "ogc",
    _("空间数据服务"),
    _("按国际标准 OGC API 读取一张图的要素和瓦片，以服务账号可见的图层、行和字段为限。"),
    ("/ogc/",),
    {READ: _("读取一张图图层")},
)
