"""What clients may reach here (``gateway.registry``); views ask for the scopes of cases."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.enums import PersonalField
from apps.gateway.registry import Resource

RESOURCE = Resource(
    "demands",
    _("诉求"),
    _("登记诉求、查询进度、预判分类和疑似重复；需“登记诉求和申报”或“查询案件”授权。"),
    ("/api/v1/demands/", "/api/v1/classify/", "/api/v1/duplicates/"),
    asks=("cases.report", "cases.read"),
    personal=(PersonalField.PHONE, PersonalField.ID_NUMBER),
)

#: What anybody reads.
WEBSITE = Resource(
    "hotline-website",
    _("热线公开信息"),
    _("公开的办理结果和热线数字；任何人可读，个人信息已遮盖，小数合并。"),
    ("/api/v1/hotline/",),
)
