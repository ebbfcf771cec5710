"""What clients may reach here (``gateway.registry``): what anybody reads."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

RESOURCE = Resource(
    "warnings",
    _("公众预警"),
    _("正在发布的公众预警和三十天内解除的预警；任何人可读，不含个人信息。"),
    ("/api/v1/warnings/",),
)
