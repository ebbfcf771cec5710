"""Plans, their points and coverage for programs. Source: IO-01."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.permissions import HasScope
from apps.siting import selectors
from apps.siting.api.serializers import (
    SitingCoverage,
    SitingPlanSerializer,
    SitingPoints,
    SitingQuery,
)
from apps.siting.drawing import point_feature
from apps.siting.models import Plan
from apps.siting.permissions import READ


class PlanList(generics.ListAPIView[Plan]):
    """The plans the caller may see, newest first."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = SitingPlanSerializer

    def get_queryset(self) -> QuerySet[Plan]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return Plan.objects.none()
        viewer: Any = self.request.user
        wanted = SitingQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        said = wanted.validated_data
        return selectors.list_plans(
            viewer,
            text=said.get("name", ""),
            state=said.get("state", ""),
            kind=said.get("kind", ""),
        )

    @extend_schema(operation_id="siting_plans", parameters=[SitingQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists plans."""
        return super().get(request, *args, **kwargs)


class PlanDetail(APIView):
    """One plan."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="siting_plan", responses=SitingPlanSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one plan."""
        viewer: Any = request.user
        return Response(SitingPlanSerializer(selectors.get_plan(viewer, pk)).data)


class PlanPoints(APIView):
    """The points of a plan."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="siting_points", responses=SitingPoints)
    def get(self, request: Request, pk: int) -> Response:
        """Gives the points as GeoJSON."""
        viewer: Any = request.user
        points = selectors.list_points(selectors.get_plan(viewer, pk))
        features = [point_feature(point) for point in points]
        return Response({"type": "FeatureCollection", "features": features})


class PlanCoverage(APIView):
    """What a plan covers, reckoned now by what the caller may see."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="siting_coverage", responses=SitingCoverage)
    def get(self, request: Request, pk: int) -> Response:
        """Gives shares, gaps and duplicates with their reasons."""
        viewer: Any = request.user
        found = selectors.coverage_of(viewer, selectors.get_plan(viewer, pk))
        return Response(SitingCoverage(found).data)
