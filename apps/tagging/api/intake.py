"""Reads of tags pushed over HTTP by readers and by programs. Source: IO-14."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.sensing.api.authentication import DeviceKeyAuthentication
from apps.sensing.api.intake import DeviceRateThrottle, ReadingsParser, TooLarge
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.services import count_refusals
from apps.tagging.permissions import SEND
from apps.tagging.services import MOST_READS, hear_readers, take_reads


class TagReadItem(serializers.Serializer[Any]):
    """One tag read by one antenna at one moment."""

    node = serializers.CharField(required=False, help_text="读写器以自己的凭据上报时可省略")
    epc = serializers.CharField(help_text="8 至 124 位十六进制数，位数为 4 的倍数")
    at = serializers.DateTimeField(required=False, help_text="带时区；缺省为收到时间")
    antenna = serializers.IntegerField(required=False, min_value=0, max_value=64)
    rssi = serializers.FloatField(required=False, help_text="信号强度，dBm")
    lon = serializers.FloatField(required=False, help_text="手持与定位类读写器填写，WGS 84")
    lat = serializers.FloatField(required=False, help_text="手持与定位类读写器填写，WGS 84")


class TagReadsBody(serializers.Serializer[Any]):
    """A batch; an empty list says that the reader lives."""

    reads = TagReadItem(many=True)


class TagReadProblem(serializers.Serializer[Any]):
    """What was not taken, and why."""

    index = serializers.IntegerField()
    field = serializers.CharField()
    code = serializers.ChoiceField(Refusal.choices)
    message = serializers.CharField()


class TagReadsAnswer(serializers.Serializer[Any]):
    """What became of a batch; ``results`` in the order sent."""

    stored = serializers.IntegerField(help_text="新存入的读取数")
    duplicates = serializers.IntegerField(help_text="先前已存入的读取数")
    unknown = serializers.IntegerField(help_text="未登记标签的读取数，已计数")
    results = serializers.ListField(
        child=serializers.ChoiceField(["stored", "duplicate", "unknown", "ignored", "refused"])
    )
    refused = TagReadProblem(many=True)


class TagReadsView(APIView):
    """Takes a batch of reads; what it answers as stored is stored for good."""

    authentication_classes = [
        DeviceKeyAuthentication,
        ApiKeyAuthentication,
        SignedRequestAuthentication,
    ]
    permission_classes = [IsAuthenticated, HasScope(SEND)]
    throttle_classes: list[type[BaseThrottle]] = [DeviceRateThrottle]
    parser_classes = [ReadingsParser]

    @extend_schema(
        operation_id="tagging_reads_push", request=TagReadsBody, responses=TagReadsAnswer
    )
    def post(self, request: Request) -> Response:
        items = self._items(request)
        if isinstance(request.auth, Device) and not items:
            hear_readers([request.auth.node])
        sender: Any = request.auth if isinstance(request.auth, Device) else request.user
        answer = take_reads(items, sender=sender)
        counts = answer.counts
        body = {
            "stored": counts["stored"],
            "duplicates": counts["duplicate"],
            "unknown": counts["unknown"],
            "results": answer.states,
            "refused": [
                {"index": index, "field": field, "code": reason, "message": reason.label}
                for index, reason, field in sorted(answer.wrong)
            ],
        }
        is_useless = bool(items) and counts["refused"] == len(items)
        return Response(body, status=422 if is_useless else 200)

    def _items(self, request: Request) -> list[Any]:
        body = request.data
        items = body.get("reads") if isinstance(body, dict) else None
        node = request.auth.node if isinstance(request.auth, Device) else ""
        if not isinstance(items, list):
            count_refusals({(Refusal.SHAPE, node): (1, "")}, now=clock.now())
            raise InvalidInput(_("reads 须为列表"), field="reads")
        if len(items) > MOST_READS:
            count_refusals({(Refusal.TOO_LARGE, node): (1, "")}, now=clock.now())
            raise TooLarge(
                _("一次上报不能超过 %(n)d 次读取，请分批") % {"n": MOST_READS}, field="reads"
            )
        return items
