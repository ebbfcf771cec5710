from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.rules.models import Decision
from apps.rules.selectors import Explanation, told


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


class WhyNotSerializer(RowSerializer):
    """A row that was not taken: why, in one sentence and column by column."""

    hit = serializers.BooleanField()
    sentence = serializers.CharField()


class AlternativeSerializer(serializers.Serializer[Any]):
    """Another result of the table, by the row that came nearest to it."""

    key = serializers.CharField()
    number = serializers.IntegerField()
    outputs = serializers.CharField()
    failing = serializers.IntegerField()


class DecisionBriefSerializer(serializers.ModelSerializer[Decision]):
    """A decision in one line; ``sentence`` is the reason in the language of the request."""

    table_name = serializers.CharField(source="table_version.table.name")
    table_version = serializers.IntegerField(source="table_version.number")
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id",
            "table_code",
            "table_name",
            "table_version",
            "subject",
            "outputs",
            "sentence",
            "at",
            "actor_name",
        ]

    def get_sentence(self, decision: Decision) -> str:
        return told(decision)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision with the result of every column of the rows that matched.

    ``explanation`` is the sentence written at the time, in Chinese; ``sentence`` the same in
    the language of the request. ``alternatives``: what the table might have said else, each
    by its nearest row, whose ``key`` can be asked for under ``why-not/``.
    """

    table_name = serializers.CharField(source="table_version.table.name")
    table_version = serializers.IntegerField(source="table_version.number")
    sentence = serializers.SerializerMethodField()
    rows = serializers.SerializerMethodField()
    alternatives = serializers.SerializerMethodField()

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
            "sentence",
            "rows",
            "alternatives",
            "duration_us",
            "at",
            "actor_name",
        ]

    def get_sentence(self, decision: Decision) -> str:
        return told(decision)

    @extend_schema_field(RowSerializer(many=True))
    def get_rows(self, decision: Decision) -> list[dict[str, Any]]:
        explanation: Explanation = self.context["explanation"]
        return [dict(row) for row in RowSerializer(explanation.rows, many=True).data]

    @extend_schema_field(AlternativeSerializer(many=True))
    def get_alternatives(self, decision: Decision) -> list[dict[str, Any]]:
        found = self.context["alternatives"]
        return [dict(one) for one in AlternativeSerializer(found, many=True).data]
