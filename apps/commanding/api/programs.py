"""Programs give commands and ask how far they have come. Source: IO-16, decision 0063."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.commanding import selectors
from apps.commanding.enums import CommandState
from apps.commanding.models import Command
from apps.commanding.permissions import CALL
from apps.commanding.services import send_command
from apps.common.errors import InvalidInput, NotFound
from apps.gateway.permissions import HasScope
from apps.sensing.api.intake import BoundedParser
from apps.sensing.permissions import require_reader
from apps.sensing.selectors import list_devices

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="8-200 visible characters"
)


class CommandParser(BoundedParser):
    """A command is short."""

    most_bytes = 64 * 1024


class CommandBody(serializers.Serializer[Any]):
    """A command to give."""

    node = serializers.CharField(max_length=64)
    code = serializers.CharField(max_length=40, help_text="该设备型号的命令代码")
    parameters = serializers.DictField(required=False)
    reason = serializers.CharField(max_length=300)


class CommandSerializer(serializers.Serializer[Any]):
    """A command and how far it has come."""

    number = serializers.IntegerField(source="pk")
    node = serializers.CharField(source="device.node")
    code = serializers.CharField(source="kind.code")
    parameters = serializers.DictField()
    state = serializers.ChoiceField(CommandState.choices)
    outcome = serializers.CharField()
    filed_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CommandsView(APIView):
    """Takes a command; the same key with the same content gives the command there is."""

    permission_classes = [IsAuthenticated, HasScope(CALL)]
    parser_classes = [CommandParser]

    @extend_schema(
        operation_id="command_send",
        parameters=[IDEMPOTENCY],
        request=CommandBody,
        responses={201: CommandSerializer},
    )
    def post(self, request: Request) -> Response:
        caller = _caller(request)
        if not isinstance(request.data, dict):
            raise InvalidInput(_("请求内容须为对象"), field="node")
        sent = CommandBody(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        device = list_devices(caller).filter(node=said["node"]).first()
        if device is None:
            raise NotFound(_("没有这台感知设备"), field="node")
        command = send_command(
            caller,
            device_id=device.pk,
            code=said["code"],
            parameters=said.get("parameters", {}),
            reason=said["reason"],
            key=_key(request),
        )
        return Response(_body(command), status=201)


class CommandView(APIView):
    """One command."""

    permission_classes = [IsAuthenticated, HasScope(CALL)]

    @extend_schema(operation_id="command_detail", responses=CommandSerializer)
    def get(self, request: Request, number: int) -> Response:
        return Response(_body(selectors.get_command(_caller(request), pk=number)))


def _caller(request: Request) -> User:
    """The service account, or a person with a session; both see devices by right only."""
    assert isinstance(request.user, User), "IsAuthenticated lets nobody else in"
    require_reader(request.user)
    return request.user


def _body(command: Command) -> dict[str, Any]:
    return dict(CommandSerializer(command).data)


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if key and not (8 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise InvalidInput(_("Idempotency-Key 应为 8 至 200 个可见字符"), field="Idempotency-Key")
    return key
