"""Query and move cases (MT-13). The same services as the pages."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.permissions import HasScope
from apps.matters import selectors, services
from apps.matters.api.serializers import (
    ActionRequestSerializer,
    ActionResultSerializer,
    CaseFilter,
    CaseSerializer,
    EventSerializer,
    LedgerSerializer,
    OfferedActionSerializer,
)
from apps.matters.models import Case, CaseEvent

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="8-200 characters"
)


class CaseList(generics.ListAPIView[Case]):
    """The cases the caller may see, newest first; ``q`` searches, two characters suffice."""

    permission_classes = [HasScope("cases.read")]
    serializer_class = CaseSerializer
    filterset_class = CaseFilter

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        text = self.request.query_params.get("q", "").strip()
        viewer: Any = self.request.user
        found = selectors.search_cases(viewer, text) if text else selectors.visible_cases(viewer)
        return found.select_related("unit", "area", "matter_type", "version")

    @extend_schema(parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CaseDetail(APIView):
    """One case by its receipt number."""

    permission_classes = [HasScope("cases.read")]

    @extend_schema(responses=CaseSerializer)
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        return Response(CaseSerializer(selectors.get_case(viewer, number=number)).data)


class CaseEvents(generics.ListAPIView[CaseEvent]):
    """What happened to a case, newest first."""

    permission_classes = [HasScope("cases.read")]
    serializer_class = EventSerializer

    def get_queryset(self) -> QuerySet[CaseEvent]:
        if getattr(self, "swagger_fake_view", False):
            return CaseEvent.objects.none()
        viewer: Any = self.request.user
        case = selectors.get_case(viewer, number=self.kwargs["number"])
        return selectors.list_timeline(case)


class CaseClocks(APIView):
    """How each deadline of a case came about: limit, calendar, every line, days and marks."""

    permission_classes = [HasScope("cases.read")]

    @extend_schema(responses=LedgerSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number)
        return Response(LedgerSerializer(selectors.list_ledgers(case), many=True).data)


class CaseActions(APIView):
    """What the caller may do to a case now."""

    permission_classes = [HasScope("cases.read")]

    @extend_schema(responses=OfferedActionSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number)
        offered = selectors.offered_actions(viewer, case)
        return Response(OfferedActionSerializer(offered, many=True).data)


class CaseAction(APIView):
    """Does one action; the same ``Idempotency-Key`` does it once."""

    permission_classes = [HasScope("cases.move")]

    @extend_schema(
        request=ActionRequestSerializer,
        responses=ActionResultSerializer,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, number: str, action: str) -> Response:
        wanted = ActionRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number)
        key = request.headers.get("Idempotency-Key", "")[:150]
        outcome = services.perform(
            viewer,
            case_id=case.pk,
            action=action,
            data=wanted.validated_data["data"],
            expected_version=wanted.validated_data.get("version"),
            key=f"api:{viewer.pk}:{key}" if key else None,
        )
        result = {"case": outcome.case, "event": outcome.event, "repeated": outcome.repeated}
        return Response(ActionResultSerializer(result).data)
