"""What clients may reach of the warehouse (``gateway.registry``). Source: CP-04."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ, CALL = "algorithms.read", "algorithms.call"
RESOURCE = Resource(
    "algorithms",
    _("算法服务"),
    _("查询已登记的算法，用一张图片调用已发布的厂商模型并取回结果；按单位计算力配额和费用。"),
    ("/api/v1/algorithms/",),
    scopes={READ: _("查询算法"), CALL: _("调用已发布的模型")},
)
