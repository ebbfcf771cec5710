"""The register for systems that may read cases; draws, results and proofs for everybody."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.common.errors import NotFound
from apps.gateway.permissions import HasScope
from apps.inspection import drawing
from apps.inspection.api.serializers import (
    DrawSerializer,
    PublishedResultSerializer,
    SupervisedObjectQuery,
    SupervisedObjectSerializer,
    VerdictSerializer,
)
from apps.inspection.models import CheckResult, Draw, SupervisedObject
from apps.inspection.selectors import draws, register
from apps.inspection.selectors.tenants import public_tenant
from apps.places.selectors import find_area

#: About two seconds of work, as on the public page.
EFFORT_MOST, TRIES_PER_HOUR = 1_000_000, 60


class SupervisedObjectList(generics.ListAPIView[SupervisedObject]):
    """The objects in the caller's areas."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]
    serializer_class = SupervisedObjectSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return SupervisedObject.objects.none()
        query = SupervisedObjectQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        area = find_area(code=wanted["area"]) if wanted["area"] else None
        if wanted["area"] and area is None:
            raise NotFound(_("没有代码为“%s”的区域") % wanted["area"])
        viewer: Any = self.request.user
        return register.list_objects(
            viewer,
            text=wanted["q"],
            kind=wanted["kind"],
            grade=wanted["grade"],
            area_path=area.path if area is not None else "",
        )

    @extend_schema(parameters=[SupervisedObjectQuery], operation_id="supervised_objects_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SupervisedObjectDetail(APIView):
    """One object of the caller's areas."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(responses=SupervisedObjectSerializer, operation_id="supervised_objects_retrieve")
    def get(self, request: Request, object_id: int) -> Response:
        viewer: Any = request.user
        row = register.get_object(viewer, object_id)
        return Response(SupervisedObjectSerializer(row).data)


class DrawList(generics.ListAPIView[Draw]):
    """Every draw with its digests, those given up too; open to everybody."""

    permission_classes = [AllowAny]
    serializer_class = DrawSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Draw.objects.none()
        return draws.list_public_draws(public_tenant())


class DrawDetail(APIView):
    """One draw with its digests."""

    permission_classes = [AllowAny]

    @extend_schema(responses=DrawSerializer, operation_id="inspection_draws_retrieve")
    def get(self, request: Request, number: str) -> Response:
        return Response(DrawSerializer(draws.get_public_draw(public_tenant(), number)).data)


class DrawProof(APIView):
    """The proof of a draw that was made; computing it again is documented in drawing.py."""

    permission_classes = [AllowAny]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, number: str) -> Response:
        return Response(draws.proof_of(draws.get_public_draw(public_tenant(), number)))


class PublishedResults(generics.ListAPIView[CheckResult]):
    """The published results, newest first."""

    permission_classes = [AllowAny]
    serializer_class = PublishedResultSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return CheckResult.objects.none()
        return draws.list_published(public_tenant())


class Verify(APIView):
    """Computes a proof again; 60 an hour for one address."""

    permission_classes = [AllowAny]

    @extend_schema(request=OpenApiTypes.OBJECT, responses=VerdictSerializer)
    def post(self, request: Request) -> Response:
        ratelimit.hit(
            "inspection.verify",
            client_address(request._request) or "",
            limit=TRIES_PER_HOUR,
            per_seconds=3600,
        )
        found = drawing.verify(request.data, effort=EFFORT_MOST)
        verdict = {
            "agrees": not found,
            "differences": found,
            "published": draws.is_published(public_tenant(), request.data),
        }
        return Response(VerdictSerializer(verdict).data)
