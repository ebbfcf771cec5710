"""What the servers of gate cameras tell, hour by hour. Source: VD-13."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.video import services
from apps.video.permissions import GATE_SCOPE


class GateHourSerializer(serializers.Serializer[Any]):
    """An hour of a gate. camera: GB/T 28181 code; hour: its beginning; fault: "" for none."""

    camera = serializers.CharField(max_length=20)
    hour = serializers.DateTimeField()
    passes = serializers.IntegerField(min_value=0)
    read = serializers.IntegerField(min_value=0)
    fault = serializers.CharField(max_length=120, default="", allow_blank=True)


class GateHours(serializers.Serializer[Any]):
    """Hours of one or many gates."""

    hours = serializers.ListField(
        child=GateHourSerializer(), min_length=1, max_length=services.MOST_GATE_ROWS
    )


class GateRowRefused(serializers.Serializer[Any]):
    """A row that was not taken; index from 0."""

    index = serializers.IntegerField()
    field = serializers.CharField()
    reason = serializers.CharField()


class GateHoursAnswer(serializers.Serializer[Any]):
    """How many hours were written, and which rows were not taken."""

    written = serializers.IntegerField()
    refused = GateRowRefused(many=True)


class GateHoursView(APIView):
    """Takes hours; the same hour again is written over."""

    authentication_classes = [ApiKeyAuthentication, SignedRequestAuthentication]
    permission_classes = [IsAuthenticated, HasScope(GATE_SCOPE)]

    @extend_schema(operation_id="video_gate_hours", request=GateHours, responses=GateHoursAnswer)
    def post(self, request: Request) -> Response:
        told = GateHours(data=request.data)
        told.is_valid(raise_exception=True)
        rows = [services.HourSaid(**row) for row in told.validated_data["hours"]]
        written, refused = services.take_gate_hours(rows)
        return Response(GateHoursAnswer({"written": written, "refused": refused}).data)
