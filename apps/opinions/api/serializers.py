"""The shapes of collections, surveys and ideas for citizens' programs (PT-08, PT-11)."""

from typing import Any

from rest_framework import serializers

from apps.common.personal import mask_personal
from apps.opinions.models import Idea


class CollectionSerializer(serializers.Serializer[Any]):
    """A notice. audience: "anyone" or "confirmed"; opens_on, closes_on: days, both inside."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    unit = serializers.CharField(source="unit.name")
    audience = serializers.CharField()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    summary = serializers.SerializerMethodField()

    def get_summary(self, row: Any) -> str:
        """Will give the summary once it is published, "" before."""
        return row.summary if row.concluded_at is not None else ""


class OpinionSerializer(serializers.Serializer[Any]):
    """What a citizen writes. repeated: it was there already, nothing was made."""

    text = serializers.CharField(max_length=4000, write_only=True)
    name = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", write_only=True
    )
    id = serializers.IntegerField(read_only=True)
    repeated = serializers.BooleanField(read_only=True)


class SurveySerializer(serializers.Serializer[Any]):
    """A survey open today, with its questions as forms-as-data. id: of the survey."""

    id = serializers.IntegerField(source="survey_id")
    version = serializers.IntegerField(source="number")
    title = serializers.CharField()
    intro = serializers.CharField()
    unit = serializers.CharField(source="survey.unit.name")
    closes_on = serializers.DateField()
    questions = serializers.JSONField()


class AnswersSerializer(serializers.Serializer[Any]):
    """Answers by the names of the questions. is_done: for good; else to go on with later."""

    answers = serializers.DictField(child=serializers.JSONField())
    is_done = serializers.BooleanField(default=True)


class IdeaSerializer(serializers.Serializer[Any]):
    """An idea of the board; nothing of who proposed it."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=2000)
    state = serializers.CharField(read_only=True)
    votes = serializers.IntegerField(read_only=True)
    threshold = serializers.IntegerField(read_only=True)
    answer = serializers.CharField(read_only=True)

    def to_representation(self, instance: Idea) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | {name: mask_personal(shown[name]) for name in ("title", "text")}
