"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.residents.enums import SCOPE

RESOURCE = Resource(
    "public",
    _("公众账户"),
    _("市民在应用和小程序里登录、核验身份、代企业办事、查看本人诉求；另凭市民自己的登录凭证。"),
    ("/api/v1/public/",),
    scopes={SCOPE: _("公众账户登录与管理")},
)
