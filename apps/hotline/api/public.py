"""The hotline's website for programs of anybody: published results and figures (HL-05).

What stands here is what the citizens' pages show, personal data covered; nobody signs in.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.periods import CHOICES
from apps.hotline.citizen import selectors
from apps.hotline.citizen.selectors import ResultFilters


class HotlineRateSerializer(serializers.Serializer[Any]):
    """value: "93.1%"; empty where too few stand behind it."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()
    formula = serializers.CharField()


class HotlineLineSerializer(serializers.Serializer[Any]):
    """is_rest: several lines too small to be told by themselves."""

    label = serializers.CharField()  # type: ignore[assignment]
    received = serializers.IntegerField()
    closed = serializers.IntegerField()
    is_rest = serializers.BooleanField()


class HotlineDayCountSerializer(serializers.Serializer[Any]):
    """What came in on a day of the city's calendar."""

    day = serializers.DateField()
    received = serializers.IntegerField()


class HotlineBookSerializer(serializers.Serializer[Any]):
    """All figures of a period, first and last day included."""

    first = serializers.DateField()
    last = serializers.DateField()
    received = serializers.IntegerField()
    closed = serializers.IntegerField()
    rates = HotlineRateSerializer(many=True)
    days = serializers.SerializerMethodField()
    classes = HotlineLineSerializer(many=True)
    districts = HotlineLineSerializer(many=True)
    channels = HotlineLineSerializer(many=True)
    computed_at = serializers.DateTimeField()

    @extend_schema(responses=HotlineDayCountSerializer(many=True))
    def get_days(self, book: Any) -> list[dict[str, Any]]:
        return [{"day": day.isoformat(), "received": n} for day, n in book.days]


class FigureQuery(serializers.Serializer[Any]):
    """days: 7, 30 or 90, today included."""

    days = serializers.ChoiceField(choices=CHOICES, default=30)


class ResultQuery(serializers.Serializer[Any]):
    """before: ``next_before`` of the page at hand."""

    q = serializers.CharField(max_length=60, default="", allow_blank=True)
    class_code = serializers.CharField(max_length=40, default="", allow_blank=True)
    area = serializers.IntegerField(min_value=1, default=None, allow_null=True)
    month = serializers.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$", default="", allow_blank=True, help_text="2026-11"
    )
    before = serializers.IntegerField(min_value=1, default=None, allow_null=True)

    def filters(self) -> ResultFilters:
        """Will give what was asked, once ``is_valid``."""
        wanted = self.validated_data
        return ResultFilters(
            words=wanted["q"].strip(),
            class_code=wanted["class_code"],
            area_id=wanted["area"],
            month=wanted["month"],
            before=wanted["before"],
        )


class HotlineResultSerializer(serializers.Serializer[Any]):
    """A published result; reply: in the detail only."""

    number = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    class_label = serializers.CharField()
    area_name = serializers.CharField()
    unit = serializers.CharField()
    state_label = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField()
    reply = serializers.CharField()


class HotlineResultPageSerializer(serializers.Serializer[Any]):
    """One page, the newest first; next_before: null on the last."""

    results = HotlineResultSerializer(many=True)
    next_before = serializers.IntegerField(allow_null=True)


class FiguresView(APIView):
    """What the hotline did in the last days, at most ten minutes old."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="hotline_figures", parameters=[FigureQuery], responses=HotlineBookSerializer
    )
    def get(self, request: Request) -> Response:
        query = FigureQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = selectors.book_of(selectors.public_tenant(), int(query.validated_data["days"]))
        return Response(HotlineBookSerializer(found).data)


class ResultListView(APIView):
    """Published results by words, class, district and month of the end."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="hotline_results",
        parameters=[ResultQuery],
        responses=HotlineResultPageSerializer,
    )
    def get(self, request: Request) -> Response:
        query = ResultQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = selectors.list_results(selectors.public_tenant(), query.filters())
        return Response(HotlineResultPageSerializer(found).data)


class ResultView(APIView):
    """One published result with the answer."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="hotline_result", responses=HotlineResultSerializer)
    def get(self, request: Request, number: str) -> Response:
        found = selectors.get_result(selectors.public_tenant(), number)
        return Response(HotlineResultSerializer(found).data)
