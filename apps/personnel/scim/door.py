"""Who may come in by SCIM (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

SCOPE = "people.provision"
RESOURCE = Resource(
    "scim",
    _("人事目录同步"),
    _("人事系统或目录按 SCIM 2.0 增改停用人员；只涉及服务账号所属租户。"),
    ("/scim/v2/",),
    scopes={SCOPE: _("同步人员目录")},
    version="2",
)
