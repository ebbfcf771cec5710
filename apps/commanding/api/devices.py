"""Devices ask what they shall do, and answer. Source: IO-09, decision 0063."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.commanding.enums import CommandState, Outcome
from apps.commanding.services import hand_to_device, take_answer
from apps.common.errors import InvalidInput
from apps.sensing.api.authentication import DeviceKeyAuthentication
from apps.sensing.api.intake import BoundedParser, DeviceRateThrottle
from apps.sensing.models import Device


class AnswerParser(BoundedParser):
    """An answer is short."""

    most_bytes = 16 * 1024


class WaitingCommand(serializers.Serializer[Any]):
    """A command that waits for this device's answer."""

    number = serializers.IntegerField(help_text="答复时使用；同一编号可能多次收到，只执行一次")
    code = serializers.CharField()
    parameters = serializers.DictField()
    ends_at = serializers.DateTimeField(help_text="此后不再下发")


class WaitingCommands(serializers.Serializer[Any]):
    """Oldest first, at most twenty."""

    commands = WaitingCommand(many=True)


class AnswerBody(serializers.Serializer[Any]):
    """What became of a command."""

    outcome = serializers.ChoiceField(Outcome.choices)
    text = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="设备自己的说明"
    )


class AnswerTaken(serializers.Serializer[Any]):
    """The state of the command now."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(CommandState.choices)


class _DeviceView(APIView):
    """Called with the device's own key; a program's key is not enough."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes: list[type[BaseThrottle]] = [DeviceRateThrottle]
    parser_classes = [AnswerParser]


class WaitingView(_DeviceView):
    """Gives a device the commands it has not answered; asking again gives them again."""

    @extend_schema(operation_id="sensing_commands_waiting", responses=WaitingCommands)
    def get(self, request: Request) -> Response:
        return Response({"commands": [m.body() for m in hand_to_device(_device(request))]})


class AnswerView(_DeviceView):
    """Takes a device's answer; the same one again is harmless."""

    @extend_schema(operation_id="sensing_command_answer", request=AnswerBody, responses=AnswerTaken)
    def post(self, request: Request, number: int) -> Response:
        if not isinstance(request.data, dict):
            raise InvalidInput(_("请求内容须为对象"), field="outcome")
        sent = AnswerBody(data=request.data)
        sent.is_valid(raise_exception=True)
        command = take_answer(
            _device(request),
            number=number,
            outcome=Outcome(sent.validated_data["outcome"]),
            text=sent.validated_data.get("text", ""),
        )
        return Response({"number": command.pk, "state": command.state})


def _device(request: Request) -> Device:
    assert isinstance(request.auth, Device), "only device keys are let in"
    return request.auth
