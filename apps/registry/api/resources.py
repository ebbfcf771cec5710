"""What clients may reach here (``gateway.registry``): a scope for each field group."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.enums import PersonalField
from apps.gateway.registry import Resource

RESOURCE = Resource(
    "registry",
    _("人房企场物档案"),
    _("按分发清单读取档案，字段组各有授权；五类对象的统计。每次读取都有记录。"),
    ("/api/v1/registry/",),
    {
        "registry.basic": _("读取档案基本信息"),
        "registry.contact": _("读取档案联系方式"),
        "registry.identity": _("读取档案证件信息"),
        "registry.links": _("读取档案关联关系"),
        "registry.extra": _("读取档案扩展信息"),
        "registry.figures": _("读取五类对象统计"),
    },
    personal=tuple(PersonalField),
)
