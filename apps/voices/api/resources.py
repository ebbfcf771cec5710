"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.voices.permissions import API_KEEP, API_READ

RESOURCE = Resource(
    "voices",
    _("诉求群组与专题"),
    _("一事多诉群组、热点和诉求专题：查询，并入和拆出，统一答复，研判专题；以服务账号可见的为限。"),
    ("/api/v1/voice-groups/", "/api/v1/hot-spots/", "/api/v1/topics/"),
    {API_READ: _("查询群组与专题"), API_KEEP: _("并案与研判专题")},
)
