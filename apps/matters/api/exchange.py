"""The change feed, and results of outside systems (MT-12, MT-13)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import NotAllowed, NotFound, Refused
from apps.gateway import services as gateway
from apps.gateway import signing
from apps.gateway.authentication import SignedMessageAuthentication
from apps.gateway.models import ApiClient
from apps.gateway.parsers import JsonParser
from apps.gateway.permissions import HasScope
from apps.matters import selectors, services
from apps.matters.enums import OutsideOutcome
from apps.matters.models import CaseEvent, OutsideResult
from apps.matters.selectors.changes import LIMIT, MOST


class ChangeSerializer(serializers.ModelSerializer[CaseEvent]):
    """One event of one case. seq: numbers the events of the case from 1, without gaps."""

    number = serializers.CharField(source="case.number")
    matter_type = serializers.CharField(source="case.matter_type.code")
    unit = serializers.CharField(source="case.unit.code", default="")

    class Meta:
        model = CaseEvent
        fields = (
            "id",
            "number",
            "matter_type",
            "seq",
            "action",
            "label",
            "at",
            "from_state",
            "to_state",
            "unit",
            "round",
            "public_text",
        )


class ChangePageSerializer(serializers.Serializer[Any]):
    """A page of the feed. after: pass it on to read what follows; keep it between runs."""

    changes = ChangeSerializer(many=True, source="events")
    after = serializers.CharField()
    has_more = serializers.BooleanField()


class ChangeQuery(serializers.Serializer[Any]):
    """after: the cursor of the page before, "latest", or nothing. limit: 1 to 500."""

    after = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    limit = serializers.IntegerField(required=False, default=LIMIT, min_value=1, max_value=MOST)


class ChangeFeed(APIView):
    """What happened to the cases the caller may see, oldest first, without gaps.

    Read page after page while `has_more`, keep `after`, come back later with it: no event is
    missed and none comes twice, however many are written meanwhile. An event appears once
    every transaction begun before its own has ended, usually within a second.

    Events of a case that becomes visible to the caller later (another unit takes over) are not
    given again: where the first `seq` seen of a number is above 1, read `/cases/<number>/events/`.
    """

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(
        operation_id="changes",
        parameters=[ChangeQuery],
        responses=ChangePageSerializer,
        examples=[
            OpenApiExample(
                "page",
                response_only=True,
                value={
                    "changes": [
                        {
                            "id": 90211,
                            "number": "2026112100017",
                            "matter_type": "hotline.demand",
                            "seq": 4,
                            "action": "sign",
                            "label": "签收",
                            "at": "2026-11-21T09:30:00+08:00",
                            "from_state": "dispatched",
                            "to_state": "handling",
                            "unit": "east-cgj",
                            "round": 1,
                            "public_text": "东区城市管理局已签收，正在办理。",
                        }
                    ],
                    "after": "184467-90211",
                    "has_more": False,
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query = ChangeQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        viewer: Any = request.user
        page = selectors.read_changes(viewer, caller=request.auth, **query.validated_data)
        return Response(ChangePageSerializer(page).data)


class ResultSerializer(serializers.Serializer[Any]):
    """One result. id: names this message for ever; sending it again changes nothing.

    status: `signed`, `done` and `returned` lead to signing, feedback and a request to return
    where the case offers it; any other word is noted. action: an action code instead.
    data: fields of that action's form, as `/cases/<number>/actions/` offers it.
    """

    id = serializers.CharField(max_length=120)
    status = serializers.CharField(max_length=40)
    outside_id = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    action = serializers.SlugField(max_length=40, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    data = serializers.DictField(required=False, default=dict)  # type: ignore[assignment]
    occurred_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ResultByOutsideIdSerializer(ResultSerializer):
    """The same for a case known by the sender's own number."""

    outside_id = serializers.CharField(max_length=120)


class SignedResultSerializer(ResultSerializer):
    """The same in a signed message, which `webhook-id` names. number: our receipt number."""

    id = None  # type: ignore[assignment]  # the header says it
    number = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class ResultAnswerSerializer(serializers.Serializer[Any]):
    """What became of a result: `acted` or `noted`; problem: why it was only noted."""

    id = serializers.CharField()
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OutsideOutcome.choices)
    action = serializers.CharField()
    problem = serializers.CharField()
    repeated = serializers.BooleanField()
    url = serializers.CharField()


EXAMPLE = OpenApiExample(
    "done",
    request_only=True,
    value={
        "id": "water-20261121-0042",
        "outside_id": "SW-20261121-17",
        "status": "done",
        "text": "已更换阀门，恢复供水。",
        "data": {"contacted": True},
        "occurred_at": "2026-11-21T10:05:00+08:00",
    },
)


class CaseResults(APIView):
    """Takes a result for a case by its receipt number, and links the sender's number to it.

    Needs an API key. A result that cannot be acted on (the case is past it, a field is
    missing) is noted on the case and says so in `problem`; a number that means nothing is kept
    in the inbox and answered 404.
    """

    permission_classes = [IsAuthenticated, HasScope("cases.results")]

    @extend_schema(
        operation_id="case_results",
        request=ResultSerializer,
        responses={201: ResultAnswerSerializer, 200: ResultAnswerSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, number: str) -> Response:
        wanted = ResultSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return _receive(request, number, wanted.validated_data)


class OutsideResults(APIView):
    """Takes a result for a case by the sender's own number, once linked."""

    permission_classes = [IsAuthenticated, HasScope("cases.results")]

    @extend_schema(
        operation_id="outside_results",
        request=ResultByOutsideIdSerializer,
        responses={201: ResultAnswerSerializer, 200: ResultAnswerSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        wanted = ResultByOutsideIdSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return _receive(request, "", wanted.validated_data)


class SignedResults(APIView):
    """Takes a result an outside system signed with the secret of its connector.

    Signed as Standard Webhooks 1.0 says: `webhook-id`, `webhook-timestamp` within five minutes,
    `webhook-signature`. The id names the message for ever: the same again is answered the same,
    other content under it is refused with 409. The case is found by `number` or `outside_id`.
    Where the connector has a mapping for what it receives, the body is in the sender's own shape.
    """

    authentication_classes = [SignedMessageAuthentication]
    permission_classes = [IsAuthenticated, HasScope("cases.results")]
    parser_classes = [JsonParser]

    @extend_schema(
        operation_id="signed_results",
        request=SignedResultSerializer,
        responses={201: ResultAnswerSerializer, 200: ResultAnswerSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        wanted = SignedResultSerializer(data=gateway.map_result(code, request.data))
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        number = values.pop("number")
        return _receive(request, number, values | {"id": request.headers[signing.ID]})


def _receive(request: Request, number: str, values: dict[str, Any]) -> Response:
    if not isinstance(request.auth, ApiClient):
        raise NotAllowed(_("只接受持接口密钥的系统"))
    given = dict(values)
    result = services.ResultData(key=given.pop("id"), number=number, **given)
    try:
        row, repeated = services.receive_result(request.auth, result=result)
        if row.outcome == OutsideOutcome.UNKNOWN:
            raise NotFound(row.problem, code="unknown_reference", data={"id": row.key})
        if row.outcome == OutsideOutcome.REFUSED:
            raise Refused(row.problem, code="reference_taken", data={"id": row.key})
    except (NotFound, Refused) as refusal:
        services.note_refused_result(request.auth, result=result, code=refusal.code)
        raise
    answer = ResultAnswerSerializer(_answer(row, repeated)).data
    return Response(answer, status=200 if repeated else 201)


def _answer(row: OutsideResult, repeated: bool) -> dict[str, Any]:
    assert row.case is not None
    return {
        "id": row.key,
        "number": row.case.number,
        "outcome": row.outcome,
        "action": row.event.action if row.event else "",
        "problem": row.problem,
        "repeated": repeated,
        "url": reverse("api-case-detail", kwargs={"number": row.case.number}),
    }
