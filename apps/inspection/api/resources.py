"""What clients may reach here (``gateway.registry``); views ask for the scopes of cases."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

RESOURCE = Resource(
    "inspection",
    _("监管检查"),
    _("抽查公示和存证验证为公开信息；信用档案需“查询案件”授权。"),
    ("/api/v1/inspection/", "/api/v1/supervised-objects/"),
    asks=("cases.read",),
)
