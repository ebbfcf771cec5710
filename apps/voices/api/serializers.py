"""How groups, hot spots and topics look to other systems: no reporter, only cases in sight."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from apps.common.personal import mask_personal
from apps.voices.enums import DismissReason, TopicSource, TopicState
from apps.voices.models import HotSpot, Topic, VoiceGroup


class TopicFilter(filters.FilterSet):
    """Narrows the list of topics."""

    state = filters.ChoiceFilter(choices=TopicState.choices)
    source = filters.ChoiceFilter(choices=TopicSource.choices)

    class Meta:
        model = Topic
        fields = ("state", "source")


class GroupSerializer(serializers.ModelSerializer[VoiceGroup]):
    """A group by its main case. voices: how many speak, the main case included."""

    main = serializers.CharField(source="main.number")
    title = serializers.SerializerMethodField()
    class_code = serializers.CharField(source="main.class_code")
    area = serializers.CharField(source="main.area.code")
    unit = serializers.CharField(source="main.unit.code", allow_null=True, default=None)
    category = serializers.CharField(source="main.category")
    voices = serializers.IntegerField(source="voice_count")

    class Meta:
        model = VoiceGroup
        fields = (
            "id",
            "main",
            "title",
            "class_code",
            "area",
            "unit",
            "category",
            "voices",
            "opened_at",
            "answer",
            "answered_at",
        )

    def get_title(self, group: VoiceGroup) -> str:
        """Will give the title without numbers and names."""
        return mask_personal(group.main.title)


class VoiceSerializer(serializers.Serializer[Any]):
    """A voice the caller may see. score: likeness from 0 to 1 where the search proposed it."""

    id = serializers.IntegerField(source="voice.pk")
    case = serializers.CharField(source="voice.case.number")
    state_label = serializers.CharField()
    joined_at = serializers.DateTimeField(source="voice.joined_at")
    reason = serializers.CharField(source="voice.reason")
    score = serializers.FloatField(source="voice.score", allow_null=True)
    is_late = serializers.BooleanField(source="voice.is_late")


class GroupDetailSerializer(serializers.Serializer[Any]):
    """A group with its voices. hidden: voices of cases the caller may not see."""

    id = serializers.IntegerField(source="group.pk")
    main = serializers.CharField(source="main.number")
    state_label = serializers.CharField()
    answer = serializers.CharField(source="group.answer")
    answered_at = serializers.DateTimeField(source="group.answered_at", allow_null=True)
    voices = VoiceSerializer(many=True)
    hidden = serializers.IntegerField()


class JoinSerializer(serializers.Serializer[Any]):
    """Two receipt numbers and why they are one problem. answer: for a late reporter."""

    case = serializers.CharField(max_length=40)
    main = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=300)
    answer = serializers.CharField(max_length=1000, allow_blank=True, default="")


class LeaveSerializer(serializers.Serializer[Any]):
    """Why a merge is undone."""

    reason = serializers.CharField(max_length=300)


class GroupAnswerSerializer(serializers.Serializer[Any]):
    """One answer for every voice."""

    answer = serializers.CharField(max_length=1000)


class HotSpotSerializer(serializers.ModelSerializer[HotSpot]):
    """More reporters than chance gives. lon, lat: degrees WGS 84."""

    area = serializers.CharField(source="area.code")
    area_name = serializers.CharField(source="area.name")
    lon = serializers.FloatField(source="point.x", allow_null=True, default=None)
    lat = serializers.FloatField(source="point.y", allow_null=True, default=None)

    class Meta:
        model = HotSpot
        fields = (
            "id",
            "day",
            "window",
            "area",
            "area_name",
            "class_code",
            "class_label",
            "observed",
            "expected",
            "p_value",
            "q_value",
            "limit",
            "lon",
            "lat",
        )


class TopicSerializer(serializers.ModelSerializer[Topic]):
    """A topic with the sentence of its detection."""

    area = serializers.CharField(source="area.code", allow_null=True, default=None)
    unit = serializers.CharField(source="unit.code", allow_null=True, default=None)
    case = serializers.CharField(source="case.number", allow_null=True, default=None)

    class Meta:
        model = Topic
        fields = (
            "id",
            "name",
            "source",
            "state",
            "area",
            "class_code",
            "class_label",
            "phrase",
            "why",
            "unit",
            "unit_why",
            "reports",
            "reporters",
            "first_on",
            "last_on",
            "case",
            "dismiss_reason",
            "note",
        )


class ConfirmSerializer(serializers.Serializer[Any]):
    """The name of a topic, and the code of the unit that answers for it."""

    name = serializers.CharField(max_length=60)
    unit = serializers.CharField(max_length=60)


class DismissSerializer(serializers.Serializer[Any]):
    """Why a topic is none."""

    reason = serializers.ChoiceField(choices=DismissReason.choices)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class EarlySerializer(serializers.Serializer[Any]):
    """How many calendar days the unit has."""

    days = serializers.IntegerField(min_value=1, max_value=60)


class CloseSerializer(serializers.Serializer[Any]):
    """Why a topic ends without a case."""

    note = serializers.CharField(max_length=300)
