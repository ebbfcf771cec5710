"""Signed links to the city's media server. Nothing is decoded or relayed here.

Source: VD-03, VD-14; RFC 8216 (HTTP Live Streaming).

A link is ``<VIDEO_MEDIA_URL>/play/<camera code>?…&sign=``, with ``/index.m3u8`` or ``/video.mp4``
behind the code where ``VIDEO_LIVE_DELIVERY`` and ``VIDEO_RECORD_DELIVERY`` say so. ``key`` names
the look it belongs to, ``kind`` is "live" or "record", ``until`` (and of recordings ``since`` and
``to``) are seconds since 1970, ``sign`` is the hexadecimal HMAC-SHA256, under ``VIDEO_MEDIA_KEY``,
of the other values joined by line feeds in this order: code, kind, key, until, since, to ("" where
there is none). The media server checks the signature and the time by itself, asks us with the key
whether the look is still open (``GET /api/v1/video/plays/<key>/``), which also tells it what to
open, and says when it ends (``POST``). What a playlist names (parts, initialisation) lies beside it
and bears the same query, and every piece is checked like the first: a link that is over ends the
picture within one part. A playlist of a recording is finite; the server lets pages of our address
read it (CORS).
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common.errors import Refused
from apps.video.enums import Delivery, PlayKind

SHORTEST_KEY = 32
_BEHIND = {Delivery.MJPEG: "", Delivery.HLS: "/index.m3u8", Delivery.MP4: "/video.mp4"}


@dataclass(frozen=True)
class Link:
    """What a link promises. since, to: of recordings."""

    code: str
    kind: str
    key: str
    until: datetime
    since: datetime | None = None
    to: datetime | None = None

    def values(self) -> dict[str, str]:
        """Will give the values that are signed, in order."""
        return {
            "code": self.code, "kind": self.kind, "key": self.key, "until": _seconds(self.until),
            "since": _seconds(self.since), "to": _seconds(self.to),
        }  # fmt: skip


def require_media_server() -> None:
    """Raises: Refused (no media server, a key too short to sign with, an unknown delivery)."""
    told = {settings.VIDEO_LIVE_DELIVERY, settings.VIDEO_RECORD_DELIVERY}
    is_known = told <= set(Delivery.values)
    if not settings.VIDEO_MEDIA_URL or len(settings.VIDEO_MEDIA_KEY) < SHORTEST_KEY or not is_known:
        raise Refused(_("尚未配置流媒体服务，不能播放"), code="no_media_server")


def delivery_of(kind: str) -> Delivery:
    """Will tell how the media server sends live pictures or recordings."""
    is_live = kind == PlayKind.LIVE
    return Delivery(settings.VIDEO_LIVE_DELIVERY if is_live else settings.VIDEO_RECORD_DELIVERY)


def signed(link: Link) -> str:
    """Will give the address the browser plays. Raises: Refused (no media server)."""
    require_media_server()
    values = link.values()
    code = values.pop("code")
    asked = urlencode({**values, "sign": sign(link.values())})
    behind = _BEHIND[delivery_of(link.kind)]
    return f"{settings.VIDEO_MEDIA_URL}/play/{code}{behind}?{asked}"


def sign(values: dict[str, str]) -> str:
    """Will sign the values of a link; order as in ``Link.values``."""
    names = ("code", "kind", "key", "until", "since", "to")
    text = "\n".join(values.get(name, "") for name in names)
    key = settings.VIDEO_MEDIA_KEY.encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_signed(values: dict[str, str], told: str) -> bool:
    """Will tell whether a signature is right; for the simulated media server and for tests."""
    return hmac.compare_digest(sign(values), told)


def key_of(camera_id: int, viewer_id: str, started_at: datetime) -> str:
    """Will give the key of a look, the same each time; only we can make it."""
    text = f"play\n{camera_id}\n{viewer_id}\n{started_at.timestamp():.6f}"
    key = settings.VIDEO_MEDIA_KEY.encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:40]


def digest_of(key: str) -> str:
    """Will give what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _seconds(moment: datetime | None) -> str:
    return "" if moment is None else str(int(moment.timestamp()))
