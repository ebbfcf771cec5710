"""Diagnosis for programs: plans, runs, results; a run ordered. The same services as the pages.

Source: VD-06.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import InvalidInput
from apps.diagnosis import permissions, selectors, services
from apps.diagnosis.api.resources import READ, RUN
from apps.diagnosis.api.serializers import (
    PlanSerializer,
    ResultQuery,
    ResultSerializer,
    RunBody,
    RunSerializer,
)
from apps.diagnosis.models import DiagnosisPlan, Result
from apps.gateway.idempotency import IdempotentMixin
from apps.gateway.permissions import HasScope
from apps.video.models import Camera

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="同一编号重复提交只发起一次"
)


class PlanList(generics.ListAPIView[DiagnosisPlan]):
    """The plans of the caller's areas."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = PlanSerializer

    def get_queryset(self) -> QuerySet[DiagnosisPlan]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return DiagnosisPlan.objects.none()
        return selectors.list_plans(_reader(self.request))

    @extend_schema(operation_id="diagnosis_plan_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists plans."""
        return super().get(request, *args, **kwargs)


class PlanRun(IdempotentMixin, APIView):
    """Has the cameras of a plan looked at now."""

    permission_classes = [IsAuthenticated, HasScope(RUN)]

    @extend_schema(
        operation_id="diagnosis_plan_run", request=None, responses={202: RunSerializer},
        parameters=[IDEMPOTENCY],
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """Begins a run."""
        viewer = _reader(request)
        return self.answer_once(
            request, lambda: _told(viewer, services.run_plan(viewer, plan_id=pk).pk), status=202
        )


class RunNew(IdempotentMixin, APIView):
    """Has cameras looked at now, by their codes."""

    permission_classes = [IsAuthenticated, HasScope(RUN)]

    @extend_schema(
        operation_id="diagnosis_run_order", request=RunBody, responses={202: RunSerializer},
        parameters=[IDEMPOTENCY],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Begins a run over these cameras."""
        viewer = _reader(request)
        body = RunBody(data=request.data)
        body.is_valid(raise_exception=True)
        ids = _cameras(viewer, body.validated_data["cameras"])
        return self.answer_once(
            request, lambda: _told(viewer, services.ask_run(viewer, camera_ids=ids).pk), status=202
        )


class RunDetail(APIView):
    """One run and how far it is."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="diagnosis_run_get", responses=RunSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one run."""
        return Response(_told(_reader(request), pk))


class ResultList(generics.ListAPIView[Result]):
    """The results of the caller's cameras, newest first."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = ResultSerializer

    def get_queryset(self) -> QuerySet[Result]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return Result.objects.none()
        viewer = _reader(self.request)
        wanted = ResultQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.list_results(viewer, **wanted.validated_data)

    @extend_schema(operation_id="diagnosis_result_list", parameters=[ResultQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists results."""
        return super().get(request, *args, **kwargs)


class ResultDetail(APIView):
    """One result."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="diagnosis_result_get", responses=ResultSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one result."""
        return Response(ResultSerializer(selectors.get_result(_reader(request), pk=pk)).data)


def _reader(request: Request) -> Any:
    viewer: Any = request.user
    permissions.require_reader(viewer)
    return viewer


def _told(viewer: Any, run_id: int) -> dict[str, Any]:
    return dict(RunSerializer(selectors.get_run(viewer, pk=run_id)).data)


def _cameras(viewer: Any, codes: list[str]) -> list[int]:
    wanted = set(codes)
    found = Camera.objects.filter(permissions.camera_q(viewer), gb_code__in=wanted)
    ids = dict(found.values_list("gb_code", "pk"))
    if missing := sorted(wanted - set(ids)):
        told = {"code": missing[0]}
        raise InvalidInput(
            _("没有这台摄像机，或它不在您的范围内：%(code)s") % told, field="cameras"
        )
    return sorted(ids.values())
