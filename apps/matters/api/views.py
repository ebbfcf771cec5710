"""Query and move cases (MT-13). The same services as the pages."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common import files, forms_data
from apps.gateway.permissions import HasScope
from apps.matters import selectors, services
from apps.matters.api.serializers import (
    ActionRequestSerializer,
    ActionResultSerializer,
    CaseDetailSerializer,
    CaseFilter,
    CaseSerializer,
    EventSerializer,
    LedgerSerializer,
    OfferedActionSerializer,
    UploadedSerializer,
    UploadSerializer,
)
from apps.matters.models import Case, CaseEvent

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="8-200 characters"
)


class MatterForm(APIView):
    """The JSON Schema (2020-12) of the ``form_data`` a matter takes, and its version.

    Fields of type ``files`` name files by the keys that ``/api/v1/files/`` gave for them.
    """

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="matter_form")
    def get(self, request: Request, code: str) -> Response:
        matter = selectors.get_open_matter(code)
        selectors.require_usable(request.auth, matter)
        assert matter.current_version is not None
        body = matter.current_version.body
        return Response(
            {
                "matter": matter.code,
                "name": matter.name,
                "version": matter.current_version.number,
                "schema": forms_data.json_schema(body.get("form", {})),
            }
        )


class FileUpload(APIView):
    """Takes one file and gives the key by which a form may name it."""

    permission_classes = [IsAuthenticated, HasScope("cases.report")]
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: UploadedSerializer},
        operation_id="file_upload",
    )
    def post(self, request: Request) -> Response:
        sent = UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        upload = sent.validated_data["file"]
        stored = files.store(upload)
        answer = {
            "key": forms_data.file_key(stored.pk, upload.name or ""),
            "media_type": stored.media_type,
            "size_bytes": stored.size_bytes,
        }
        return Response(UploadedSerializer(answer).data, status=201)


class CaseList(generics.ListAPIView[Case]):
    """The cases the caller may see, newest first; ``q`` searches, two characters suffice."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]
    serializer_class = CaseSerializer
    filterset_class = CaseFilter

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        text = self.request.query_params.get("q", "").strip()
        viewer: Any = self.request.user
        found = selectors.search_cases(viewer, text) if text else selectors.visible_cases(viewer)
        found = selectors.usable_cases(self.request.auth, found)
        return found.select_related("unit", "area", "matter_type", "version")

    @extend_schema(parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CaseDetail(APIView):
    """One case by its receipt number."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(responses=CaseDetailSerializer)
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        return Response(
            CaseDetailSerializer(
                selectors.get_case(viewer, number=number, caller=request.auth),
                context={"request": request},
            ).data
        )


class CaseEvents(generics.ListAPIView[CaseEvent]):
    """What happened to a case, newest first."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]
    serializer_class = EventSerializer

    def get_queryset(self) -> QuerySet[CaseEvent]:
        if getattr(self, "swagger_fake_view", False):
            return CaseEvent.objects.none()
        viewer: Any = self.request.user
        case = selectors.get_case(viewer, number=self.kwargs["number"], caller=self.request.auth)
        return selectors.list_timeline(case)


class CaseClocks(APIView):
    """How each deadline of a case came about: limit, calendar, every line, days and marks."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(responses=LedgerSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number, caller=request.auth)
        return Response(LedgerSerializer(selectors.list_ledgers(case), many=True).data)


class CaseActions(APIView):
    """What the caller may do to a case now."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(responses=OfferedActionSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number, caller=request.auth)
        offered = selectors.offered_actions(viewer, case)
        return Response(OfferedActionSerializer(offered, many=True).data)


class CaseAction(APIView):
    """Does one action; the same ``Idempotency-Key`` does it once."""

    permission_classes = [IsAuthenticated, HasScope("cases.move")]

    @extend_schema(
        request=ActionRequestSerializer,
        responses=ActionResultSerializer,
        parameters=[IDEMPOTENCY],
        examples=[
            OpenApiExample(
                "feed_back",
                request_only=True,
                value={
                    "data": {
                        "resolution": "solved",
                        "result": "已更换井盖并加固。",
                        "contacted": True,
                    },
                    "version": 4,
                },
            )
        ],
    )
    def post(self, request: Request, number: str, action: str) -> Response:
        wanted = ActionRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        viewer: Any = request.user
        case = selectors.get_case(viewer, number=number, caller=request.auth)
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
