"""Checkpoints for witnesses and for everybody who was given a digest."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.pagination import BasePagination
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.evidence import selectors, services
from apps.evidence.api.resources import SCOPE
from apps.evidence.api.serializers import (
    CheckpointSerializer,
    ConsistencySerializer,
    TestimonyInput,
    TestimonySerializer,
)
from apps.evidence.models import Checkpoint
from apps.evidence.services.tree import SealTree
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope

LISTED = 100
TRIES_PER_MINUTE = 60


class CheckpointList(generics.ListAPIView[Checkpoint]):
    """Checkpoints behind a number, the oldest first, at most a hundred."""

    permission_classes = [IsAuthenticated, HasScope(SCOPE)]
    serializer_class = CheckpointSerializer
    filter_backends: list[Any] = []
    pagination_class: type[BasePagination] | None = None

    @extend_schema(
        operation_id="checkpoints_list",
        parameters=[OpenApiParameter("after", int, description="number of the last one known")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        _require_witness(request)
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        after = self.request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 12:
            raise InvalidInput(_("after 应为检查点序号"), field="after")
        return (
            selectors.list_checkpoints().filter(number__gt=int(after)).order_by("number")[:LISTED]
        )


class Consistency(APIView):
    """The proof that the log of one checkpoint begins with that of an earlier one."""

    permission_classes = [IsAuthenticated, HasScope(SCOPE)]

    @extend_schema(
        operation_id="checkpoints_consistency",
        parameters=[OpenApiParameter("from", int, required=True)],
        responses=ConsistencySerializer,
    )
    def get(self, request: Request, number: int) -> Response:
        _require_witness(request)
        raw = request.query_params.get("from", "")
        if not raw.isdecimal() or len(raw) > 12:
            raise InvalidInput(_("from 应为较早的检查点序号"), field="from")
        new, old = selectors.get_checkpoint(number), selectors.get_checkpoint(int(raw))
        if not 0 < old.size <= new.size:
            raise InvalidInput(_("from 应为较早的检查点序号"), field="from")
        path = SealTree(new.size).consistency(old.size)
        return Response(
            {
                "old_size": old.size,
                "new_size": new.size,
                "path": [step.hex() for step in path],
            }
        )


class Testify(APIView):
    """Takes what a witness signed about a checkpoint; said again, the first word stands."""

    permission_classes = [IsAuthenticated, HasScope(SCOPE)]

    @extend_schema(
        operation_id="checkpoints_testify", request=TestimonyInput, responses=TestimonySerializer
    )
    def post(self, request: Request, number: int) -> Response:
        client = _require_witness(request)
        given = TestimonyInput(data=request.data)
        given.is_valid(raise_exception=True)
        testimony = services.testify(client, number=number, **given.validated_data)
        return Response(TestimonySerializer(testimony).data, status=status.HTTP_201_CREATED)


class Verify(APIView):
    """Whether a checkpoint of this digest is known here; open to everybody."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(operation_id="checkpoints_verify", responses=CheckpointSerializer)
    def get(self, request: Request, digest: str) -> Response:
        address = client_address(request._request) or ""
        ratelimit.hit("evidence.verify", address, limit=TRIES_PER_MINUTE, per_seconds=60)
        checkpoint = selectors.find_by_digest(digest)
        if checkpoint is None:
            raise NotFound(_("没有这个检查点"))
        return Response(CheckpointSerializer(checkpoint).data)


def _require_witness(request: Request) -> ApiClient:
    if not isinstance(request.auth, ApiClient):
        raise NotAllowed(_("只供见证方的接口客户端使用"))
    return request.auth
