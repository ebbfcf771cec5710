"""Algorithms for programs: what there is, one picture judged by a published model.

A call is laid into the queue and answered later: no process that serves users runs a model.
Source: CP-04.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Organization
from apps.algorithms import permissions, selectors, services
from apps.algorithms.api.resources import CALL, READ
from apps.algorithms.api.serializers import (
    AlgorithmQuery,
    AlgorithmSerializer,
    CallBody,
    CallSerializer,
    DataSetQuery,
    DataSetSerializer,
)
from apps.algorithms.models import Algorithm, DataSet
from apps.common.errors import InvalidInput
from apps.gateway.permissions import HasScope

KEY_MAX = 60
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="同一编号重复提交只调用一次，8 到 60 个字符",
)  # fmt: skip


class AlgorithmList(generics.ListAPIView[Algorithm]):
    """The algorithms of the warehouse."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = AlgorithmSerializer

    def get_queryset(self) -> QuerySet[Algorithm]:
        """The same for the whole city."""
        if getattr(self, "swagger_fake_view", False):
            return Algorithm.objects.none()
        _reader(self.request)
        wanted = AlgorithmQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.list_algorithms(**wanted.validated_data)

    @extend_schema(operation_id="algorithm_list", parameters=[AlgorithmQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists algorithms."""
        return super().get(request, *args, **kwargs)


class AlgorithmDetail(APIView):
    """One algorithm."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="algorithm_get", responses=AlgorithmSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Gives one algorithm."""
        _reader(request)
        return Response(AlgorithmSerializer(selectors.get_algorithm(code)).data)


class DataSetList(generics.ListAPIView[DataSet]):
    """The register of data sets."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = DataSetSerializer

    def get_queryset(self) -> QuerySet[DataSet]:
        """The same for the whole city."""
        if getattr(self, "swagger_fake_view", False):
            return DataSet.objects.none()
        _reader(self.request)
        wanted = DataSetQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.list_data_sets(**wanted.validated_data)

    @extend_schema(operation_id="data_set_list", parameters=[DataSetQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists data sets."""
        return super().get(request, *args, **kwargs)


class DataSetDetail(APIView):
    """One data set."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="data_set_get", responses=DataSetSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one data set."""
        _reader(request)
        return Response(DataSetSerializer(selectors.get_data_set(pk)).data)


class CallNew(APIView):
    """One picture given to the version a model's name means now."""

    permission_classes = [IsAuthenticated, HasScope(CALL)]
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="algorithm_call", parameters=[IDEMPOTENCY],
        request={"multipart/form-data": CallBody}, responses={202: CallSerializer},
    )  # fmt: skip
    def post(self, request: Request, code: str) -> Response:
        """Queues the call; the same key gives the same call again."""
        viewer = _reader(request)
        key = request.headers.get("Idempotency-Key", "")
        if not (8 <= len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
            raise InvalidInput(
                _("Idempotency-Key 应为 8 至 60 个可见字符"), field="Idempotency-Key"
            )
        body = CallBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        made = services.call_model(
            viewer, code=code, unit=_unit(told["unit"]), upload=told["picture"],
            reason=told["reason"], key=key,
        )  # fmt: skip
        return Response(CallSerializer(selectors.get_call(viewer, pk=made.pk)).data, status=202)


class CallDetail(APIView):
    """One call and what came of it."""

    permission_classes = [IsAuthenticated, HasScope(CALL)]

    @extend_schema(operation_id="algorithm_call_get", responses=CallSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one call."""
        return Response(CallSerializer(selectors.get_call(_reader(request), pk=pk)).data)


def _reader(request: Request) -> Any:
    viewer: Any = request.user
    permissions.require_reader(viewer)
    return viewer


def _unit(code: str) -> Organization:
    found = Organization.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise InvalidInput(_("没有这个单位"), field="unit")
    return found
