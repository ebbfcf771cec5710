"""Tiles of outside services through us: the browser stays inside, the key stays here.

Only registered templates, only whole tiles of the levels the service has, only pictures and
vector tiles up to 1 MB, kept for a day; a failing service is left alone for half a minute.
Features come as GeoJSON of the tile's ground, are drawn here and kept for five minutes.
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from apps.common.errors import DomainError, InvalidInput, Refused
from apps.common.http import CallFailed, get_bytes
from apps.common.ratelimit import hit
from apps.onemap.models import OutsideService, ServiceKind
from apps.onemap.sharing.addresses import address_of, is_drawn
from apps.onemap.sharing.services.feature_tiles import draw_features

KEEP_S = 24 * 3600
KEEP_FEATURES_S = 300
SILENCE_S = 30
TIMEOUT_S = 6.0
MAX_KEPT_BYTES = 300 * 1024
CALLS_PER_MINUTE = 3000  # of one service by all of us
_VECTOR_TILE = "application/vnd.mapbox-vector-tile"
_FEATURES = {"application/json", "application/geo+json", "application/vnd.geo+json"}
_TYPES = {
    "image/png",
    "image/jpeg",
    "image/webp",
    "application/x-protobuf",
    _VECTOR_TILE,
}


@dataclass(frozen=True)
class Tile:
    """A tile as it is given on. tag: the same for the same bytes."""

    body: bytes
    media_type: str
    tag: str


def fetch_tile(service: OutsideService, *, z: int, x: int, y: int) -> Tile:
    """Will give a tile of a service, kept or fetched.

    Raises: InvalidInput (field ``tile``: no tile of this service); Refused (the service does
    not answer, or not with a tile); TooMany.
    """
    side = 2**z if z <= service.max_zoom else 0
    if not is_drawn(service) or z < service.min_zoom or not (0 <= x < side and 0 <= y < side):
        raise InvalidInput(_("该服务没有这个瓦片"), field="tile")
    name = hashlib.sha256(f"{service.url}|{service.sealed_key}".encode()).hexdigest()[:16]
    key = f"onemap:outside:{service.pk}:{name}:{z}/{x}/{y}"
    kept = cache.get(key)
    if kept is not None:
        return Tile(*kept)
    silent = f"onemap:outside:{service.pk}:{name}:ill"
    if cache.get(silent):
        raise _ill()
    hit("onemap.outside", service.code, limit=CALLS_PER_MINUTE, per_seconds=60)
    tile = _fetch(service, z, x, y, silent)
    if len(tile.body) <= MAX_KEPT_BYTES:
        keep_s = KEEP_FEATURES_S if service.kind == ServiceKind.FEATURE else KEEP_S
        cache.set(key, (tile.body, tile.media_type, tile.tag), keep_s)
    return tile


def _fetch(service: OutsideService, z: int, x: int, y: int, silent: str) -> Tile:
    try:
        answer = get_bytes(
            address_of(service, z, x, y), headers={"Accept": _wanted(service)}, timeout_s=TIMEOUT_S
        )
    except (CallFailed, DomainError) as error:
        cache.set(silent, 1, SILENCE_S)
        raise _ill() from error
    media_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    is_feature = service.kind == ServiceKind.FEATURE
    if answer.status != 200 or media_type not in (_FEATURES if is_feature else _TYPES):
        raise _ill()
    body = answer.body
    if is_feature:
        try:
            body, media_type = draw_features(body, z=z, x=x, y=y), _VECTOR_TILE
        except ValueError as error:
            cache.set(silent, 1, SILENCE_S)
            raise _ill() from error
    return Tile(body, media_type, hashlib.sha256(body).hexdigest()[:32])


def _wanted(service: OutsideService) -> str:
    is_feature = service.kind == ServiceKind.FEATURE
    return "application/geo+json,application/json" if is_feature else "image/*,*/*"


def _ill() -> Refused:
    return Refused(_("外部地图服务没有正常应答"), code="outside_service_ill")
