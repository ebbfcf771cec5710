"""What edge nodes call: heartbeats, and batches that may come late. Source: IO-18."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import InvalidInput
from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.polling import services
from apps.polling.enums import InstallState
from apps.polling.models import EdgeNode
from apps.polling.permissions import EDGE
from apps.sensing.api.intake import ReadingItem, ReadingProblem, ReadingsParser
from apps.sensing.services import MOST_VALUES

MOST_NUMBER = 2**62
MOST_APPLICATIONS = 100


class NodeResources(serializers.Serializer[Any]):
    """How loaded the node is; what is not named is not known."""

    cpu_percent = serializers.FloatField(min_value=0, max_value=100, required=False)
    memory_percent = serializers.FloatField(min_value=0, max_value=100, required=False)
    disk_percent = serializers.FloatField(min_value=0, max_value=100, required=False)
    temperature_c = serializers.FloatField(min_value=-60, max_value=150, required=False)


class NodeApplication(serializers.Serializer[Any]):
    """What a node says of an application. version: what runs or was tried; "" for nothing."""

    code = serializers.SlugField(max_length=40)
    version = serializers.CharField(max_length=40, default="", allow_blank=True)
    state = serializers.ChoiceField(
        [InstallState.RUNNING.value, InstallState.FAILED.value, InstallState.STOPPED.value]
    )
    error = serializers.CharField(max_length=300, default="", allow_blank=True)


class OrderedApplication(serializers.Serializer[Any]):
    """What shall run on the node. version: "": nothing; digest: SHA-256, to be checked."""

    code = serializers.CharField()
    version = serializers.CharField()
    digest = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class Heartbeat(serializers.Serializer[Any]):
    """A node says that it lives."""

    backlog = serializers.IntegerField(min_value=0, max_value=MOST_NUMBER, default=0)
    version = serializers.CharField(max_length=40, default="", allow_blank=True)
    resources = NodeResources(required=False)
    applications = serializers.ListField(
        child=NodeApplication(), required=False, max_length=MOST_APPLICATIONS
    )


class HeartbeatAnswer(serializers.Serializer[Any]):
    """What the node is to know: what it is called here and when it counts as silent."""

    code = serializers.CharField()
    silent_after_s = serializers.IntegerField()
    applications = OrderedApplication(many=True)


class BatchBody(serializers.Serializer[Any]):
    """A batch under a number the node gives once."""

    number = serializers.IntegerField(min_value=0, max_value=MOST_NUMBER)
    readings = ReadingItem(many=True)
    backlog = serializers.IntegerField(min_value=0, max_value=MOST_NUMBER, required=False)


class BatchAnswer(serializers.Serializer[Any]):
    """What became of a batch; the same for the same number."""

    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    results = serializers.ListField(child=serializers.CharField())
    refused = ReadingProblem(many=True)


class _EdgeApi(APIView):
    authentication_classes = [ApiKeyAuthentication, SignedRequestAuthentication]
    permission_classes = [IsAuthenticated, HasScope(EDGE)]
    parser_classes = [ReadingsParser]

    def edge(self, request: Request) -> EdgeNode:
        """Will give the node that calls. Raises: NotFound."""
        assert isinstance(request.auth, ApiClient)
        return services.edge_of(request.auth)


class HeartbeatView(_EdgeApi):
    """Notes that a node lives and what it still holds."""

    @extend_schema(
        operation_id="sensing_edge_heartbeat", request=Heartbeat, responses=HeartbeatAnswer
    )
    def post(self, request: Request) -> Response:
        told = Heartbeat(data=request.data)
        told.is_valid(raise_exception=True)
        said = dict(told.validated_data)
        resources = services.Resources(**said.pop("resources", {}))
        runs = said.pop("applications", None)
        applications = None if runs is None else [services.Said(**one) for one in runs]
        edge = services.take_heartbeat(
            self.edge(request).pk, **said, resources=resources, applications=applications
        )
        return Response(
            {
                "code": edge.code,
                "silent_after_s": edge.silent_after_s,
                "applications": services.orders_for(edge),
            }
        )


class BatchView(_EdgeApi):
    """Takes a batch once; what it answers as stored is stored for good."""

    @extend_schema(operation_id="sensing_edge_batch", request=BatchBody, responses=BatchAnswer)
    def post(self, request: Request) -> Response:
        edge = self.edge(request)
        body = request.data if isinstance(request.data, dict) else {}
        number = _number(body.get("number"), "number")
        backlog = None if body.get("backlog") is None else _number(body["backlog"], "backlog")
        readings = body.get("readings")
        if not isinstance(readings, list) or not 0 < _count(readings) <= MOST_VALUES:
            told = {"n": MOST_VALUES}
            raise InvalidInput(_("readings 须有 1 到 %(n)d 个值") % told, field="readings")
        return Response(
            services.take_batch(edge.pk, number=number, readings=readings, backlog=backlog)
        )


def _number(told: Any, field: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= MOST_NUMBER:
        raise InvalidInput(_("须为不小于 0 的整数"), field=field)
    return told


def _count(readings: list[Any]) -> int:
    values = (one.get("values") for one in readings if isinstance(one, dict))
    return max(len(readings), sum(len(one) for one in values if isinstance(one, dict)))
