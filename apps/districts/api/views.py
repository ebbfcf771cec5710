"""What programs of districts call: rows in, comparisons out. Source: IO-11."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import InvalidInput, NotFound
from apps.districts import selectors, services
from apps.districts.enums import BackKind, Kind, Verdict
from apps.districts.permissions import BACK_SCOPE, PUSH_SCOPE
from apps.districts.shapes import LARGEST, MOST_ROWS
from apps.gateway.callers import client_of
from apps.gateway.idempotency import IdempotentMixin
from apps.gateway.permissions import HasScope

MOST_BACK = 500


class DistrictBatchSerializer(serializers.Serializer[Any]):
    """Rows of one class; their members are listed in docs/api.md."""

    rows = serializers.ListField(child=serializers.DictField(), max_length=MOST_ROWS)


class DistrictVerdictSerializer(serializers.Serializer[Any]):
    """What became of one row. field, reason: of a refused one."""

    origin = serializers.CharField(allow_blank=True)
    verdict = serializers.ChoiceField(Verdict.choices)
    field = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)


class DistrictOutcomeSerializer(serializers.Serializer[Any]):
    """What became of a batch, in the order of its rows."""

    accepted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = DistrictVerdictSerializer(many=True)


class DistrictFigureSerializer(serializers.Serializer[Any]):
    """One comparison of one day; a later one of the same kind and day replaces it."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(BackKind.choices)
    day = serializers.DateField()
    body = serializers.DictField()
    made_at = serializers.DateTimeField()


class DistrictBackSerializer(serializers.Serializer[Any]):
    """A page of comparisons. next: ``after`` of the next page."""

    items = DistrictFigureSerializer(many=True)
    next = serializers.IntegerField()


class IntakeView(IdempotentMixin, APIView):
    """Rows of one class, each kept, known already, or refused with a reason."""

    permission_classes = [IsAuthenticated, HasScope(PUSH_SCOPE)]

    @extend_schema(
        operation_id="district_intake",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=Kind.values),
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
        ],
        request=DistrictBatchSerializer,
        responses=DistrictOutcomeSerializer,
    )
    def post(self, request: Request, kind: str) -> Response:
        if kind not in Kind.values:
            raise NotFound(_("没有这个类别"))
        peer = services.peer_of(client_of(request._request))
        return self.answer_once(
            request,
            lambda: services.take_batch(peer, kind=kind, rows=_rows_of(request.data)),
        )


class BackView(APIView):
    """What the city worked out for the calling district, by cursor."""

    permission_classes = [IsAuthenticated, HasScope(BACK_SCOPE)]

    @extend_schema(
        operation_id="district_back",
        parameters=[
            OpenApiParameter("after", int, description="id of the last figure known; 0"),
            OpenApiParameter("limit", int, description="1-500; 100"),
        ],
        responses=DistrictBackSerializer,
    )
    def get(self, request: Request) -> Response:
        peer = services.peer_of(client_of(request._request))
        after = _whole(request, "after", 0, 0, LARGEST)
        limit = _whole(request, "limit", 100, 1, MOST_BACK)
        services.note_heard(peer)
        items = list(selectors.list_back(peer, after=after)[:limit])
        told = {"items": items, "next": items[-1].pk if items else after}
        return Response(DistrictBackSerializer(told).data)


def _rows_of(data: Any) -> Any:
    return data.get("rows") if isinstance(data, dict) else None


def _whole(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise InvalidInput(
            _("应为 %(least)d 至 %(most)d 的整数") % {"least": least, "most": most}, field=name
        )
    return int(text)
