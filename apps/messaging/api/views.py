"""The public app: messages since a number, a message, scores, the way of notice (HL-07)."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.errors import InvalidInput, NotFound
from apps.hotline.selectors.own_demands import own_demands
from apps.messaging import services
from apps.messaging.enums import NoticeWay
from apps.messaging.models import Device, Message
from apps.residents.citizens import TOKEN, CitizenView

MOST = 100
KEY_LONGEST = 120
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="1-120 characters"
)


class OwnMessageSerializer(serializers.Serializer[Any]):
    """A message of the citizen's own conversation; nothing of who works on it."""

    id = serializers.IntegerField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    direction = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    text = serializers.CharField(max_length=4000)
    number = serializers.CharField(read_only=True, allow_blank=True)


class OwnMessagesSerializer(serializers.Serializer[Any]):
    """next: the number to ask with the next time."""

    results = OwnMessageSerializer(many=True)
    next = serializers.IntegerField()


class ScoreSerializer(serializers.Serializer[Any]):
    """Scores from 1 to 5; at least one of them."""

    result_score = serializers.IntegerField(
        min_value=1, max_value=5, required=False, allow_null=True
    )
    acceptance_score = serializers.IntegerField(
        min_value=1, max_value=5, required=False, allow_null=True
    )
    solved = serializers.BooleanField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class NoticeWaySerializer(serializers.Serializer[Any]):
    """By which channel the account hears of the progress."""

    way = serializers.ChoiceField(choices=NoticeWay.choices)


class PushDeviceSerializer(serializers.Serializer[Any]):
    """A telephone to be woken. endpoint: its address or token, never given out again."""

    id = serializers.IntegerField(read_only=True)
    way = serializers.CharField(max_length=20, help_text="unifiedpush, relay")
    endpoint = serializers.CharField(max_length=1000, write_only=True)
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    added_at = serializers.DateTimeField(read_only=True)
    woken_at = serializers.DateTimeField(read_only=True, allow_null=True)


class OwnPushDevicesView(CitizenView):
    """The telephones the account's messages wake."""

    @extend_schema(
        responses=PushDeviceSerializer(many=True),
        parameters=[TOKEN],
        operation_id="public_push_devices",
    )
    def get(self, request: Request) -> Response:
        found = Device.objects.filter(account=self.session.account, ended_at=None).order_by("id")
        return Response(PushDeviceSerializer(found, many=True).data)

    @extend_schema(
        request=PushDeviceSerializer,
        responses={200: PushDeviceSerializer, 201: PushDeviceSerializer},
        parameters=[TOKEN],
        operation_id="public_push_device_register",
    )
    def post(self, request: Request) -> Response:
        given = PushDeviceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        device, is_new = services.register_device(self.session.account, **given.validated_data)
        return Response(PushDeviceSerializer(device).data, status=201 if is_new else 200)


class OwnPushDeviceView(CitizenView):
    """One of them."""

    @extend_schema(
        request=None,
        responses={204: None},
        parameters=[TOKEN],
        operation_id="public_push_device_remove",
    )
    def delete(self, request: Request, pk: int) -> Response:
        services.remove_device(self.session.account, device_id=pk)
        return Response(status=204)


class OwnMessagesView(CitizenView):
    """The citizen's conversation with the hotline."""

    @extend_schema(
        responses=OwnMessagesSerializer,
        parameters=[TOKEN, OpenApiParameter("since", int, description="0 for all")],
        operation_id="public_messages",
    )
    def get(self, request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdigit() and len(since) < 16):
            raise InvalidInput(_("应为消息编号"), field="since")
        conversation = services.open_in_app(self.session.account)
        found = conversation.messages.filter(pk__gt=int(since)).select_related("case")
        rows = list(found.order_by("id")[:MOST])
        last = rows[-1].pk if rows else int(since)
        told = {"results": [_row(one) for one in rows], "next": last}
        return Response(OwnMessagesSerializer(told).data)

    @extend_schema(
        request=OwnMessageSerializer,
        responses={201: OwnMessageSerializer},
        parameters=[TOKEN, IDEMPOTENCY],
        operation_id="public_message_write",
    )
    def post(self, request: Request) -> Response:
        given = OwnMessageSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        message = services.write_in_app(
            self.session.account, text=given.validated_data["text"], key=_key(request)
        )
        return Response(OwnMessageSerializer(_row(message)).data, status=201)


class OwnScoreView(CitizenView):
    """The citizen's scores of one of their cases."""

    @extend_schema(
        request=ScoreSerializer,
        responses={201: ScoreSerializer},
        parameters=[TOKEN, IDEMPOTENCY],
        operation_id="public_demand_score",
    )
    def post(self, request: Request, number: str) -> Response:
        demand = own_demands(self.session).filter(case__number=number).first()
        if demand is None:
            raise NotFound(_("没有这件诉求"))
        given = ScoreSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        solved = {True: "yes", False: "no"}.get(told["solved"], "")
        data = {
            "result_score": str(told.get("result_score") or ""),
            "acceptance_score": str(told.get("acceptance_score") or ""),
            "solved": solved,
            "comment": told["comment"],
        }
        services.score_in_app(demand.case, given=data, key=_key(request))
        return Response(ScoreSerializer(told).data, status=201)


class OwnNoticeWayView(CitizenView):
    """How the account hears of the progress."""

    @extend_schema(
        responses=NoticeWaySerializer, parameters=[TOKEN], operation_id="public_notice_way"
    )
    def get(self, request: Request) -> Response:
        person = self.session.account
        return Response({"way": services.way_of(person.tenant_id, person.phone)})

    @extend_schema(
        request=NoticeWaySerializer,
        responses=NoticeWaySerializer,
        parameters=[TOKEN],
        operation_id="public_notice_way_choose",
    )
    def put(self, request: Request) -> Response:
        given = NoticeWaySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        way = NoticeWay(given.validated_data["way"])
        return Response({"way": services.choose_in_app(self.session.account, way=way).way})


def _row(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "at": message.at,
        "direction": message.direction,
        "kind": message.kind,
        "text": message.text,
        "number": message.case.number if message.case else "",
    }


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > KEY_LONGEST:
        raise InvalidInput(_("缺少 Idempotency-Key"), field="Idempotency-Key")
    return key
