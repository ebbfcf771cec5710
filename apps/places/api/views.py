"""Reading places over REST. Locating and geocoding are open to citizens, at a slower rate."""

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from apps.common.errors import NotFound
from apps.places import selectors
from apps.places.api.serializers import (
    AreaQuery,
    AreaSerializer,
    CandidateSerializer,
    CellQuery,
    DescribedSerializer,
    LocatedSerializer,
    PointQuery,
    TextQuery,
)
from apps.places.api.throttling import AnonymousPlacesThrottle
from apps.places.geometry import point
from apps.places.models import Area
from apps.places.selectors import cells

PUBLIC_THROTTLES: list[Any] = [*api_settings.DEFAULT_THROTTLE_CLASSES, AnonymousPlacesThrottle]
MAX_LISTED = 500


class LocateView(APIView):
    """Which grid cell a point lies in."""

    permission_classes = [AllowAny]
    throttle_classes = PUBLIC_THROTTLES

    @extend_schema(parameters=[PointQuery], responses=LocatedSerializer)
    def get(self, request: Request) -> Response:
        query = PointQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        here = point(query.validated_data["lon"], query.validated_data["lat"])
        area = selectors.locate(here)
        name = selectors.full_name(area) if area else ""
        return Response(LocatedSerializer({"area": area, "full_name": name}).data)


class GeocodeView(APIView):
    """What place a text may mean: candidates with confidence and reason."""

    permission_classes = [AllowAny]
    throttle_classes = PUBLIC_THROTTLES

    @extend_schema(parameters=[TextQuery], responses=CandidateSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = TextQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        within = None
        if code := query.validated_data.get("area"):
            within = selectors.find_area(code=code)
            if within is None:
                raise NotFound(_("区域不存在"), field="area")
        found = selectors.understand(query.validated_data["q"], within=within)
        told = CandidateSerializer(
            found.candidates, many=True, context={"parts": found.reading.parts}
        )
        return Response(told.data)


class ReverseView(APIView):
    """What place a point is: grid cell, nearest door, building, crossing or place, in words."""

    permission_classes = [AllowAny]
    throttle_classes = PUBLIC_THROTTLES

    @extend_schema(parameters=[PointQuery], responses=DescribedSerializer)
    def get(self, request: Request) -> Response:
        query = PointQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        here = point(query.validated_data["lon"], query.validated_data["lat"])
        return Response(DescribedSerializer(selectors.describe(here)).data)


class AreaListView(APIView):
    """Areas in force by parent and level; the top of the tree if neither is named."""

    @extend_schema(parameters=[AreaQuery], responses=AreaSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = AreaQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        parent, level = query.validated_data.get("parent"), query.validated_data["level"]
        found = selectors.list_areas(parent_id=parent, level=level)
        if parent is None and not level:
            found = found.filter(parent=None)
        return Response(AreaSerializer(found[:MAX_LISTED], many=True).data)


class CellListView(APIView):
    """Grid cells with outlines as GeoJSON, WGS 84, by code; the one grid of every department.

    ``next`` is the ``after`` of the following page, null behind the last.
    """

    @extend_schema(parameters=[CellQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        query = CellQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        area = _area_of(given)
        found = list(
            cells.list_cells_on(area, on=given.get("on"), after=given["after"])[
                : given["limit"] + 1
            ]
        )
        shown = found[: given["limit"]]
        more = shown[-1].code if len(found) > len(shown) else None
        return Response(cells.collection_of(shown) | {"next": more})


class SpecialGridListView(APIView):
    """Special grids in force of an area as GeoJSON, WGS 84, without their contacts."""

    @extend_schema(parameters=[CellQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        query = CellQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        found = cells.list_special_grids(area=_area_of(given)).filter(code__gt=given["after"])
        shown = list(found[: given["limit"] + 1])
        page = shown[: given["limit"]]
        more = page[-1].code if len(shown) > len(page) else None
        return Response(cells.special_collection_of(page) | {"next": more})


def _area_of(given: dict[str, Any]) -> Area:
    """Raises: NotFound."""
    area = selectors.find_area(code=given["area"], on=given.get("on"))
    if area is None:
        raise NotFound(_("区域不存在"), field="area")
    return area


class AreaGeometryView(APIView):
    """The boundary of an area as a GeoJSON feature; geometry null where it is unknown."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        area = (
            Area.objects.select_related("level")
            .defer("boundary")
            .annotate(shape=AsGeoJSON("boundary", precision=7))
            .filter(pk=pk)
            .first()
        )
        if area is None:
            raise NotFound(_("区域不存在"))
        shape = area.shape  # type: ignore[attr-defined]  # annotated above
        return Response(
            {
                "type": "Feature",
                "id": area.pk,
                "properties": AreaSerializer(area).data,
                "geometry": json.loads(shape) if shape else None,
            }
        )
