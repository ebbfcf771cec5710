"""The tiles of the map for other systems: the same tiles, by the rights of the service account."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.gateway.permissions import HasScope
from apps.onemap.api.resources import TILES
from apps.onemap.tiles import views
from apps.onemap.tiles.serving import MEDIA_TYPE

_FILTER = [
    OpenApiParameter("from", str, description="ISO date or time; rows of that moment or later"),
    OpenApiParameter("to", str, description="ISO date or time; rows of that moment or earlier"),
    OpenApiParameter("where", str, many=True, description="field:value, repeated"),
]


class OneForm(BaseContentNegotiation):
    """A tile has one form, whatever a map library says it accepts."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class TileView(APIView):
    """One vector tile (MVT): points, lines and polygons, or counts per cell from afar."""

    permission_classes = [IsAuthenticated, HasScope(TILES)]
    content_negotiation_class = OneForm

    @extend_schema(
        operation_id="map_tile",
        parameters=_FILTER,
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY, 204: None, 304: None},
    )
    def get(self, request: Request, layer: str, z: str, x: str, y: str) -> HttpResponse:
        return views.answer_tile(request._request, request.user, layer, z, x, y)


class DescriptionView(APIView):
    """What the tiles of a layer hold and where they are (TileJSON 3.0)."""

    permission_classes = [IsAuthenticated, HasScope(TILES)]
    content_negotiation_class = OneForm

    @extend_schema(
        operation_id="map_tile_description", parameters=_FILTER, responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request, layer: str) -> HttpResponse:
        return views.answer_description(request._request, request.user, layer, "/api/v1/map/tiles/")
