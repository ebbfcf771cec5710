"""Tiles and their descriptions over HTTP, for the map page and for clients alike."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.audit.middleware import client_address
from apps.common.api.errors import PROBLEM, problem_response
from apps.common.errors import DomainError, InvalidInput
from apps.onemap.registry import Viewer
from apps.onemap.selectors import open_layer
from apps.onemap.tiles import styles
from apps.onemap.tiles.describing import tile_json
from apps.onemap.tiles.grid import parse_address
from apps.onemap.tiles.palette import PALETTES
from apps.onemap.tiles.query import parse_query
from apps.onemap.tiles.serving import MEDIA_TYPE, Tile, serve_tile

MAX_LAYERS = 40
_DAY = 24 * 3600
View = Callable[..., HttpResponse]


def with_problems(view: View) -> View:
    """Will answer refusals as problem documents, as programs read them (RFC 9457)."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            told = problem_response(error, {})
            assert told is not None
            answer = JsonResponse(told.data, status=told.status_code, content_type=PROBLEM)
            if "Retry-After" in told:
                answer["Retry-After"] = told["Retry-After"]
            answer["Cache-Control"] = "no-store"
            return answer

    return answered


@require_safe
@with_problems
def tile(request: HttpRequest, layer: str, z: str, x: str, y: str) -> HttpResponse:
    """One vector tile."""
    return answer_tile(request, request.user, layer, z, x, y)


@require_safe
@with_problems
def description(request: HttpRequest, layer: str) -> HttpResponse:
    """What the tiles of a layer hold and where they are (TileJSON 3.0)."""
    return answer_description(request, request.user, layer, "/map/tiles/")


@require_safe
@with_problems
def legend(request: HttpRequest, layer: str) -> HttpResponse:
    """What the colours of a layer mean."""
    return _described(styles.legend(open_layer(request.user, layer)))


@require_safe
@with_problems
def style(request: HttpRequest) -> HttpResponse:
    """The MapLibre style of ``?layers=a,b`` over the base map; ``?theme=dark`` for dark pages."""
    codes = list(dict.fromkeys(c for c in request.GET.get("layers", "").split(",") if c))
    if len(codes) > MAX_LAYERS:
        raise InvalidInput(_("一次最多显示 %(most)d 个图层") % {"most": MAX_LAYERS}, field="layers")
    base = request.build_absolute_uri("/map/tiles/")
    return _described(styles.style_json(request.user, codes, base=base, theme=_theme(request)))


@require_safe
@with_problems
def layer_style(request: HttpRequest, layer: str) -> HttpResponse:
    """How the map page draws one layer: its parts, and those of its heat map."""
    return _described(styles.layer_style(request.user, layer, theme=_theme(request)))


def answer_tile(
    request: HttpRequest, viewer: Viewer, layer: str, z: str, x: str, y: str
) -> HttpResponse:
    """Will answer a tile: 200, 304 if the caller has it, 204 if nothing is in it.

    ``X-Features-Omitted: 1`` tells that more lies there than a tile holds.
    Raises: DomainError (see ``serve_tile``).
    """
    address, query = parse_address(z, x, y), parse_query(request.GET)
    found = serve_tile(viewer, layer, address, query, origin=client_address(request) or "")
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    # Two encodings of one content are two representations, each with its own strong tag.
    etag = found.etag if packed else f'{found.etag[:-1]}-plain"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    elif not found.packed:
        answer = HttpResponse(status=204)
    else:
        answer = HttpResponse(found.packed if packed else found.body, content_type=MEDIA_TYPE)
        if packed:
            answer["Content-Encoding"] = "gzip"
        if found.is_thinned:
            answer["X-Features-Omitted"] = "1"
    answer["ETag"] = etag
    answer["Cache-Control"] = _keeping(found, request.GET.get("v", ""))
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def answer_description(
    request: HttpRequest, viewer: Viewer, layer: str, prefix: str
) -> JsonResponse:
    """Will answer the TileJSON of a layer whose tiles lie under ``prefix``.

    Raises: DomainError (see ``tile_json``).
    """
    base = request.build_absolute_uri(prefix)
    return _described(tile_json(viewer, layer, base=base, asked=request.GET))


def _theme(request: HttpRequest) -> str:
    theme = request.GET.get("theme", "light")
    if theme not in PALETTES:
        raise InvalidInput(_("没有这种底图样式"), field="theme")
    return theme


def _described(content: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(content)
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _keeping(found: Tile, asked_version: str) -> str:
    """What rights decide about is asked for each time: who signs out has nothing left to see."""
    if found.is_public and asked_version == found.version:
        return f"private, max-age={_DAY}, immutable"
    return "private, no-cache"
