"""Programs read one quantity as a surface, with how it was reckoned. Source: IO-06."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.gateway.permissions import HasScope
from apps.geodata.analysis.methods import NEIGHBOURS, POWER
from apps.observing.drawing import features_of
from apps.observing.forms import SurfaceForm
from apps.observing.permissions import SURFACES
from apps.observing.selectors.surfacing import count_silent, quantities, stations_with, surface_of
from apps.sensing.permissions import require_reader


class SurfaceMethod(serializers.Serializer[Any]):
    """How the squares were reckoned; without squares only the counts of stations."""

    quantity = serializers.CharField()
    hour = serializers.DateTimeField(allow_null=True)
    stations = serializers.IntegerField(help_text="stations with a value that counts")
    silent = serializers.IntegerField(help_text="stations of the quantity without such a value")
    method = serializers.CharField(help_text='"idw", or "" under four places')
    power = serializers.FloatField(help_text="of the distance")
    neighbours = serializers.IntegerField(help_text="nearest places that count for a square")
    cell_m = serializers.IntegerField(required=False)
    reach_m = serializers.FloatField(
        required=False, help_text="no square further from a station, in metres"
    )
    gaps = serializers.IntegerField(required=False, help_text="squares left out")
    error = serializers.FloatField(
        required=False, help_text="root mean square when each station is left out in turn"
    )


class SurfaceAnswer(serializers.Serializer[Any]):
    """A GeoJSON FeatureCollection: squares, then stations."""

    type = serializers.CharField()
    features = serializers.ListField(child=serializers.DictField())
    method = SurfaceMethod()


class SurfaceView(APIView):
    """The newest values, or those of one hour, of the devices the caller sees."""

    permission_classes = [IsAuthenticated, HasScope(SURFACES)]

    @extend_schema(
        operation_id="sensing_surface",
        parameters=[
            OpenApiParameter("quantity", str, description='field code and unit: "pm25|μg/m³"'),
            OpenApiParameter("hour", str, description="2026-01-31T08:00, time of the city"),
            OpenApiParameter("area", str, description="code of an area"),
        ],
        responses=SurfaceAnswer,
    )
    def get(self, request: Request) -> Response:
        caller = request.user
        assert isinstance(caller, User), "IsAuthenticated lets nobody else in"
        require_reader(caller)
        form = SurfaceForm(request.query_params, viewer=caller, quantities=quantities())
        quantity, hour, area = form.asked()
        for field, told in form.errors.items():
            raise InvalidInput(str(told[0]), field=field)
        stations = stations_with(caller, quantity=quantity, hour=hour, area=area)
        laid = surface_of(stations)
        method: dict[str, Any] = {
            "quantity": quantity,
            "hour": hour,
            "stations": len(stations),
            "silent": count_silent(caller, quantity=quantity, stations=stations, area=area),
            "method": "idw" if laid is not None else "",
            "power": POWER,
            "neighbours": NEIGHBOURS,
        }
        if laid is not None:
            method |= {
                "cell_m": laid.cell_m,
                "reach_m": round(laid.reach_m, 1),
                "gaps": laid.gaps,
                "error": round(laid.error, 4),
            }
        features = features_of(stations, laid, unit=quantity.partition("|")[2])
        return Response({"type": "FeatureCollection", "features": features, "method": method})
