"""Events as other systems report and read them."""

from typing import Any

from rest_framework import serializers

from apps.grid.enums import Doubt, EventKind, Judgement
from apps.grid.models import GridEvent
from apps.grid.selectors.proof import verdicts_of


class GridReportSerializer(serializers.Serializer[Any]):
    """A report. Without lon and lat it waits for somebody to look."""

    kind = serializers.ChoiceField(choices=EventKind.choices)
    class_code = serializers.CharField(max_length=10, required=False, default="")
    title = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=4000, required=False, default="")
    lon = serializers.FloatField(required=False, allow_null=True, default=None)
    lat = serializers.FloatField(required=False, allow_null=True, default=None)
    accuracy_m = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=0, max_value=100_000
    )
    address = serializers.CharField(max_length=200, required=False, default="")
    at = serializers.DateTimeField(help_text="when it was found, with zone")
    asset = serializers.CharField(
        max_length=16, required=False, default="", help_text="16-digit code of the component"
    )
    handled_on_spot = serializers.BooleanField(required=False, default=False)


class GridEventSerializer(serializers.ModelSerializer[GridEvent]):
    """An event with where its case stands and what its pictures prove."""

    number = serializers.CharField(source="case.number")
    title = serializers.CharField(source="case.title")
    class_code = serializers.CharField(source="case.class_code")
    class_label = serializers.CharField(source="case.class_label")
    state = serializers.CharField(source="case.state")
    category = serializers.CharField(source="case.category")
    area = serializers.CharField(source="case.area.code")
    address = serializers.CharField(source="case.address")
    point = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    asset = serializers.SerializerMethodField()
    opened_at = serializers.DateTimeField(source="case.opened_at")
    due_at = serializers.DateTimeField(source="case.due_at", allow_null=True)
    closed_at = serializers.DateTimeField(source="case.closed_at", allow_null=True)
    doubt = serializers.ChoiceField(choices=Doubt.choices)

    class Meta:
        model = GridEvent
        fields = (
            *("number", "kind", "class_code", "class_label", "title", "state", "category"),
            *("area", "address", "point", "accuracy_m", "unit", "asset", "found_at"),
            *("opened_at", "due_at", "closed_at", "doubt", "needs_look", "handled_on_spot"),
        )

    def get_point(self, event: GridEvent) -> list[float] | None:
        point = event.case.point
        return [point.x, point.y] if point is not None else None

    def get_unit(self, event: GridEvent) -> str:
        return event.case.unit.code if event.case.unit is not None else ""

    def get_asset(self, event: GridEvent) -> str:
        return event.asset.code if event.asset is not None else ""


class ProofSerializer(serializers.Serializer[Any]):
    """One comparison of pictures before and after."""

    verdict = serializers.ChoiceField(choices=Judgement.choices)
    distance_m = serializers.FloatField(allow_null=True)
    limit_m = serializers.IntegerField()
    bits = serializers.IntegerField(allow_null=True)
    words = serializers.ListField(child=serializers.CharField())
    judged_at = serializers.DateTimeField()
    overridden_at = serializers.DateTimeField(allow_null=True)


class GridEventDetailSerializer(GridEventSerializer):
    """An event with its proof of repair."""

    proof = serializers.SerializerMethodField()

    class Meta(GridEventSerializer.Meta):
        fields = (*GridEventSerializer.Meta.fields, "proof")  # type: ignore[assignment]  # longer

    def get_proof(self, event: GridEvent) -> list[dict[str, Any]]:
        return [dict(ProofSerializer(one).data) for one in verdicts_of(event)]
