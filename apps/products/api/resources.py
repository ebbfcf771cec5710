"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.products.permissions import READ

RESOURCE = Resource(
    "products",
    _("数据产品"),
    _("查找数据产品目录，读取已授权给服务账号所在单位的小时值和日值。"),
    ("/api/v1/products/",),
    scopes={READ: _("读取数据产品")},
)
