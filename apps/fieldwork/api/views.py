"""The workers and patrols of the caller's areas, for systems that may read field work."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common import clock
from apps.fieldwork.api.serializers import (
    FieldWorkerQuery,
    FieldWorkerSerializer,
    PatrolQuery,
    PatrolSerializer,
)
from apps.fieldwork.models import Patrol, Worker
from apps.fieldwork.selectors.patrols import board
from apps.fieldwork.selectors.workers import list_workers
from apps.gateway.permissions import HasScope


class FieldWorkerList(generics.ListAPIView[Worker]):
    """The grid workers in the caller's areas, masked."""

    permission_classes = [IsAuthenticated, HasScope("fieldwork.read")]
    serializer_class = FieldWorkerSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Worker.objects.none()
        query = FieldWorkerQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        viewer: Any = self.request.user
        return list_workers(viewer, state=query.validated_data["state"])

    @extend_schema(parameters=[FieldWorkerQuery], operation_id="field_workers_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class PatrolList(generics.ListAPIView[Patrol]):
    """The patrols of a day in the caller's areas."""

    permission_classes = [IsAuthenticated, HasScope("fieldwork.read")]
    serializer_class = PatrolSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Patrol.objects.none()
        query = PatrolQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted, viewer = query.validated_data, self.request.user
        states = [wanted["state"]] if wanted["state"] else []
        caller: Any = viewer
        return board(caller, wanted["day"] or clock.today(), states=states)

    @extend_schema(parameters=[PatrolQuery], operation_id="patrols_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
