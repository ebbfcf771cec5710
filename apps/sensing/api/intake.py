"""Readings pushed over HTTP by devices and by programs. Source: IO-05, IO-09."""

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.common import clock, ratelimit
from apps.common.errors import DomainError, InvalidInput, TooMany
from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.gateway.throttling import ClientRateThrottle
from apps.sensing.api.authentication import DeviceKeyAuthentication
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.permissions import SEND
from apps.sensing.services import MOST_VALUES, count_refusals, take_readings

MOST_BYTES = 4 * 1024 * 1024


class TooLarge(DomainError):
    """More than one call may bring."""

    status = 413
    code = "too_large"


class BoundedParser(BaseParser):
    """JSON up to ``most_bytes``, read no further; NaN and the like come through."""

    media_type = "application/json"
    most_bytes = MOST_BYTES

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        content = stream.read(self.most_bytes + 1)
        if len(content) > self.most_bytes:
            raise TooLarge(self.refusal())
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error") from error

    def refusal(self) -> str:
        """Will say how much one call may bring."""
        return _("请求内容不能超过 %(kb)d KB") % {"kb": self.most_bytes // 1024}


class ReadingsParser(BoundedParser):
    """A batch; what is no number is refused one by one."""

    def refusal(self) -> str:
        """Will say that more is sent in several calls."""
        return _("一次上报不能超过 %(mb)d MB，请分批") % {"mb": self.most_bytes // 2**20}


class DeviceRateThrottle(ClientRateThrottle):
    """Counts calls per device; programs as everywhere."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Device):
            return super().allow_request(request, view)
        limit = settings.DEVICE_CALLS_PER_MINUTE
        try:
            ratelimit.hit("sensing.device", str(request.auth.pk), limit=limit, per_seconds=60)
        except TooMany as error:
            self._retry_after = float(error.data["retry_after"])
            count_refusals({(Refusal.FLOOD, request.auth.node): (1, "")}, now=clock.now())
            return False
        return True


class ReadingItem(serializers.Serializer[Any]):
    """What one device says of one moment."""

    node = serializers.CharField(required=False, help_text="设备以自己的凭据上报时可省略")
    at = serializers.DateTimeField(required=False, help_text="带时区；缺省为收到时间")
    values = serializers.DictField(help_text="字段代码到值；null 表示缺测")
    units = serializers.DictField(required=False, help_text="写明时核对单位")
    quality = serializers.ChoiceField(["suspect"], required=False)


class ReadingsBody(serializers.Serializer[Any]):
    """A batch."""

    readings = ReadingItem(many=True)


class ReadingProblem(serializers.Serializer[Any]):
    """What was not taken, and why."""

    index = serializers.IntegerField()
    field = serializers.CharField()
    code = serializers.ChoiceField(Refusal.choices)
    message = serializers.CharField()


class ReadingsAnswer(serializers.Serializer[Any]):
    """What became of a batch; ``results`` in the order sent."""

    stored = serializers.IntegerField(help_text="新存入的值数")
    duplicates = serializers.IntegerField(help_text="先前已存入的值数")
    results = serializers.ListField(
        child=serializers.ChoiceField(["stored", "partly", "duplicate", "refused"])
    )
    refused = ReadingProblem(many=True)


class ReadingsView(APIView):
    """Takes a batch of readings; what it answers as stored is stored for good."""

    authentication_classes = [
        DeviceKeyAuthentication,
        ApiKeyAuthentication,
        SignedRequestAuthentication,
    ]
    permission_classes = [IsAuthenticated, HasScope(SEND)]
    throttle_classes: list[type[BaseThrottle]] = [DeviceRateThrottle]
    parser_classes = [ReadingsParser]

    @extend_schema(
        operation_id="sensing_readings_push", request=ReadingsBody, responses=ReadingsAnswer
    )
    def post(self, request: Request) -> Response:
        sender: Any = request.auth if isinstance(request.auth, Device) else request.user
        answer = take_readings(self._items(request), sender=sender)
        refused = [
            {
                "index": wrong.index,
                "field": wrong.field,
                "code": wrong.reason,
                "message": wrong.reason.label,
            }
            for wrong in answer.wrong
        ]
        body = {
            "stored": answer.stored,
            "duplicates": answer.duplicates,
            "results": answer.states,
            "refused": refused,
        }
        return Response(body, status=200 if answer.refused < len(answer.states) else 422)

    def _items(self, request: Request) -> list[Any]:
        node = request.auth.node if isinstance(request.auth, Device) else ""
        try:
            body = request.data
            items = body.get("readings") if isinstance(body, dict) else None
            if not isinstance(items, list) or not items:
                raise InvalidInput(_("readings 须为不空的列表"), field="readings")
            if _count(items) > MOST_VALUES:
                raise TooLarge(
                    _("一次上报不能超过 %(n)d 个值，请分批") % {"n": MOST_VALUES},
                    field="readings",
                )
        except TooLarge:
            count_refusals({(Refusal.TOO_LARGE, node): (1, "")}, now=clock.now())
            raise
        except InvalidInput:
            count_refusals({(Refusal.SHAPE, node): (1, "")}, now=clock.now())
            raise
        return items


def _count(items: list[Any]) -> int:
    """Values, or items where those are more."""
    return max(len(items), sum(len(i["values"]) for i in items if _has_values(i)))


def _has_values(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("values"), dict)
