"""A program says what it wants to be told by MQTT, and gets its log-in for the broker."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import NotAllowed
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.mqtt.selectors import access_of
from apps.sensorthings.resources import READ
from apps.sensorthings.selectors.following import followed_of
from apps.sensorthings.services import follow, issue_broker_login, login_of
from apps.sensorthings.views.base import BoundedJson


class FollowedBody(serializers.Serializer[Any]):
    """The datastreams to be told of; those not named are told no more."""

    datastreams = serializers.ListField(child=serializers.IntegerField(min_value=1))


class FollowedAnswer(FollowedBody):
    """What is told, and where: ``{n}`` stands for the key of a datastream."""

    topic = serializers.CharField()


class BrokerLoginAnswer(serializers.Serializer[Any]):
    """How to log in to the broker; the secret comes this once."""

    user = serializers.CharField()
    secret = serializers.CharField(help_text="只给这一次")
    port = serializers.IntegerField(allow_null=True, help_text="MQTT 端口（TLS）；未启用为空")


class FollowedView(APIView):
    """What this program is told of by MQTT."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    parser_classes = [BoundedJson]

    @extend_schema(operation_id="sta_followed", responses={200: FollowedAnswer})
    def get(self, request: Request) -> Response:
        return Response(_told(_client(request)))

    @extend_schema(operation_id="sta_follow", request=FollowedBody, responses={200: FollowedAnswer})
    def put(self, request: Request) -> Response:
        client = _client(request)
        body = FollowedBody(data=request.data)
        body.is_valid(raise_exception=True)
        follow(client, keys=body.validated_data["datastreams"])
        return Response(_told(client))


class BrokerLoginView(APIView):
    """The log-in of this program at the broker; asking again ends the one before."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    parser_classes = [BoundedJson]

    @extend_schema(
        operation_id="sta_broker_login", request=None, responses={201: BrokerLoginAnswer}
    )
    def post(self, request: Request) -> Response:
        made = issue_broker_login(_client(request))
        port = access_of(made.name, key=made.key)["mqtt_port"]
        answer = {"user": made.name, "secret": made.secret, "port": port}
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})


def _told(client: ApiClient) -> dict[str, Any]:
    return {
        "datastreams": list(followed_of(client).values_list("pk", flat=True)),
        "topic": f"sta/{login_of(client)}/told/Datastreams({{n}})/Observations",
    }


def _client(request: Request) -> ApiClient:
    if not isinstance(request.auth, ApiClient):
        raise NotAllowed(_("此接口供程序以接口密钥调用"))
    return request.auth
