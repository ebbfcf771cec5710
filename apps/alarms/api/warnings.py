"""Warnings for programs of anybody: screens, broadcasts, apps. Source: AL-07."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.alarms import selectors
from apps.alarms.enums import Level, WarningState
from apps.common.errors import InvalidInput

MOST = 200


class WarningSerializer(serializers.Serializer[Any]):
    """A warning as the public reads it. outcome: why it was lifted."""

    id = serializers.IntegerField(source="pk")
    level = serializers.ChoiceField(Level.choices)
    level_name = serializers.CharField(source="get_level_display")
    state = serializers.ChoiceField(WarningState.choices)
    title = serializers.CharField()
    text = serializers.CharField()
    area = serializers.CharField(source="area.code")
    area_name = serializers.CharField(source="area.name")
    audience = serializers.CharField()
    action = serializers.CharField()
    lift = serializers.CharField()
    issued_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)


class WarningListView(APIView):
    """The warnings that stand, the gravest first, or those lifted within thirty days."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="warning_list",
        parameters=[
            OpenApiParameter("state", str, enum=["issued", "lifted"], description="issued"),
            OpenApiParameter(
                "area", str, description="code: warnings of it, of what it lies in, of its parts"
            ),
        ],
        responses=WarningSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", WarningState.ISSUED)
        if state not in (WarningState.ISSUED, WarningState.LIFTED):
            raise InvalidInput(_("请选择 issued 或 lifted"), field="state")
        found = (
            selectors.list_standing() if state == WarningState.ISSUED else selectors.list_lifted()
        )
        code = request.query_params.get("area", "")
        if code:
            found = selectors.touching(found, code)
        return Response(WarningSerializer(found[:MOST], many=True).data)


class WarningView(APIView):
    """One warning that was issued."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="warning_detail", responses=WarningSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WarningSerializer(selectors.get_public(pk)).data)
