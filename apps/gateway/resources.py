"""The resources of this app and of the apps below it, which cannot register themselves."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ_RESOURCES = "resources.read"

RESOURCES = (
    Resource(
        "gateway",
        _("接口说明与服务目录"),
        _("接口文档、错误代码、服务目录查询；每个客户端都可调用。"),
        ("/api/v1/services/",),
        whole=("/api/", "/api/schema/", "/api/docs/"),
    ),
    Resource(
        "resources",
        _("受保护资源登记"),
        _("应用、菜单、接口、数据集、摄像机、图层及其归属和默认策略；以服务账号的权限和范围为限。"),
        ("/api/v1/resources/",),
        scopes={READ_RESOURCES: _("查询受保护资源登记")},
    ),
    Resource(
        "places",
        _("区划与地址"),
        _("区划列表和边界、坐标定位到网格、地址解析；公开信息。"),
        ("/api/v1/places/", "/api/v1/areas/"),
    ),
    Resource(
        "decisions",
        _("规则决策说明"),
        _("自动派单等决策的依据和解释，以服务账号可见的案件为限。"),
        ("/api/v1/decisions/",),
    ),
)
