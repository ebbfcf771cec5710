from typing import Any

from rest_framework import serializers

from apps.rules.models import Decision
from apps.rules.selectors import Explanation


class ColumnSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field named like an attribute
    value = serializers.CharField()
    condition = serializers.CharField()
    hit = serializers.BooleanField()


class RowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    number = serializers.IntegerField()
    outputs = serializers.CharField()
    columns = ColumnSerializer(many=True)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision with the result of every column of the rows that matched."""

    table_name = serializers.CharField(source="table_version.table.name")
    table_version = serializers.IntegerField(source="table_version.number")
    rows = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id",
            "table_code",
            "table_name",
            "table_version",
            "subject",
            "facts",
            "matched_rows",
            "outputs",
            "explanation",
            "rows",
            "duration_us",
            "at",
            "actor_name",
        ]

    def get_rows(self, decision: Decision) -> list[dict[str, Any]]:
        explanation: Explanation = self.context["explanation"]
        return [dict(row) for row in RowSerializer(explanation.rows, many=True).data]
