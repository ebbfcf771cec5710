"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

USE = "seals.use"
RESOURCE = Resource(
    "seals",
    _("电子印章"),
    _("申请用印、查询进度、下载盖章文件；核验盖章文件为公开服务。"),
    ("/api/v1/seals/",),
    scopes={USE: _("以接口账号的岗位申请用印")},
)
