"""What clients may reach here (``gateway.registry``); views ask for the scopes of cases."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

RESOURCE = Resource(
    "guides",
    _("办事指南与申报"),
    _("查询指南、情形引导；提交申报需“登记诉求和申报”授权。"),
    ("/api/v1/guides/", "/api/v1/questions/", "/api/v1/applications/"),
    asks=("cases.report", "cases.read"),
)
