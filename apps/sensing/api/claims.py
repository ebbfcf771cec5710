"""A device enters itself with a code it was given. Source: IO-20."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.middleware import client_address
from apps.common import clock, ratelimit
from apps.common.errors import NotAllowed
from apps.gateway.parsers import JsonParser
from apps.mqtt.selectors import access_of
from apps.sensing.enums import Refusal
from apps.sensing.services import claim_device, count_refusals

#: Claims from one address in a minute: a whole site is put up behind one.
CLAIMS_A_MINUTE = 30


class ClaimBody(serializers.Serializer[Any]):
    """A code, and under which name the device will send."""

    code = serializers.CharField(max_length=60, help_text="领取码，可带短横线")
    node = serializers.CharField(max_length=64, help_text="设备上报时使用的编号，全市唯一")


class ClaimAnswer(serializers.Serializer[Any]):
    """The key, this once, and how to log in to the broker with it."""

    node = serializers.CharField()
    key = serializers.CharField(help_text="设备凭据，只给这一次")
    mqtt_user = serializers.CharField(help_text="MQTT 用户名；密码即设备凭据")
    mqtt_port = serializers.IntegerField(allow_null=True, help_text="MQTT 端口（TLS）；未启用为空")


class ClaimView(APIView):
    """Takes a code and gives a key; a code works once."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes: list[type[BaseParser]] = [JsonParser]

    @extend_schema(operation_id="sensing_claim", request=ClaimBody, responses={201: ClaimAnswer})
    def post(self, request: Request) -> Response:
        address = client_address(request._request) or ""
        ratelimit.hit("sensing.claim", address, limit=CLAIMS_A_MINUTE, per_seconds=60)
        body = ClaimBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            claimed = claim_device(**body.validated_data)
        except NotAllowed:
            count_refusals({(Refusal.BAD_CLAIM, ""): (1, address)}, now=clock.now())
            raise
        node = claimed.device.node
        answer = {"node": node, "key": claimed.key} | access_of(
            node, key=claimed.key.partition(".")[0]
        )
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})
