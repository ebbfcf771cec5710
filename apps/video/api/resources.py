"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource
from apps.video.permissions import MEDIA_SCOPE

RESOURCE = Resource(
    "video",
    _("视频播放"),
    _("流媒体服务核对播放链接、取得视频源，并通知播放结束。"),
    ("/api/v1/video/",),
    scopes={MEDIA_SCOPE: _("作为流媒体服务播放视频")},
)
