"""Ways to a camera's picture, one module for each protocol, all behind ``base.Adapter``.

Called by ``services.access`` alone. Nothing here decodes video, writes rows or knows who asks;
every call is bounded in time and size, follows no redirect and leaves only to the device
networks (``networks``). What goes wrong is one ``errors.NoPicture``.
"""

from apps.video.adapters import files, gateway, onvif, rtsp, web
from apps.video.adapters.base import Adapter, Preset, Stream, Turn, Way
from apps.video.enums import Protocol

__all__ = ["ADAPTERS", "Adapter", "Preset", "Stream", "Turn", "Way"]

ADAPTERS: dict[str, Adapter] = {
    Protocol.RTSP: rtsp.ADAPTER,
    Protocol.HTTP_PICTURE: web.PICTURE,
    Protocol.HTTP_STREAM: web.STREAM,
    Protocol.ONVIF: onvif.ADAPTER,
    Protocol.GB28181: gateway.ADAPTER,
    Protocol.FILE: files.ADAPTER,
}
