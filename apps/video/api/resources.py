"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.video.permissions import GATE_SCOPE, MEDIA_SCOPE

RESOURCE = Resource(
    "video",
    _("视频播放和卡口"),
    _("流媒体服务核对播放链接、取得视频源，并通知播放结束；卡口服务器按小时上报过车数。"),
    ("/api/v1/video/",),
    scopes={
        MEDIA_SCOPE: _("作为流媒体服务播放视频"),
        GATE_SCOPE: _("作为卡口服务器上报过车数"),
    },
)
