"""How a call-back looks to other systems: never who the citizen is, nor the number."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from apps.callbacks.enums import Outcome, TaskState
from apps.callbacks.models import Attempt, CallbackTask
from apps.callbacks.services import Answer
from apps.common.personal import mask_personal


class CallbackFilter(filters.FilterSet):
    """Narrows the list."""

    state = filters.ChoiceFilter(choices=TaskState.choices)
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    case = filters.CharFilter("case__number")
    is_closed = filters.BooleanFilter()

    class Meta:
        model = CallbackTask
        fields = ("state", "outcome", "case", "is_closed")


class CallbackSerializer(serializers.ModelSerializer[CallbackTask]):
    """One call-back. is_closed: drawn after the end. follow_up: number of the case it opened."""

    case = serializers.CharField(source="case.number")
    title = serializers.CharField(source="case.title")
    pool = serializers.CharField(source="pool.name")
    unit = serializers.CharField(source="unit.code", allow_null=True, default=None)
    follow_up = serializers.CharField(source="follow_up.number", allow_null=True, default=None)
    is_mine = serializers.SerializerMethodField()

    class Meta:
        model = CallbackTask
        fields: tuple[str, ...] = (
            "id",
            "case",
            "title",
            "round",
            "is_closed",
            "pool",
            "unit",
            "way",
            "priority",
            "reason",
            "state",
            "is_mine",
            "due_from",
            "due_until",
            "next_try_at",
            "tries",
            "outcome",
            "solved",
            "result_score",
            "acceptance_score",
            "comment",
            "is_redo",
            "follow_up",
            "done_at",
        )

    def get_is_mine(self, task: CallbackTask) -> bool:
        """Will tell whether the caller has it in hand."""
        return task.agent_id is not None and task.agent_id == self.context["viewer"].pk

    def to_representation(self, instance: CallbackTask) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {name: mask_personal(shown[name]) for name in ("title", "comment")}


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One call; the agent stays unnamed."""

    class Meta:
        model = Attempt
        fields = ("number", "way", "at", "outcome")


class CallbackDetailSerializer(CallbackSerializer):
    """The same with what is said and asked, and every attempt."""

    greeting = serializers.CharField(source="script.greeting")
    closing = serializers.CharField(source="script.closing")
    questions = serializers.JSONField(source="script.body")
    attempts = AttemptSerializer(many=True)

    class Meta(CallbackSerializer.Meta):
        fields = (*CallbackSerializer.Meta.fields, "greeting", "closing", "questions", "attempts")


class AnswerSerializer(serializers.Serializer[Any]):
    """What came of an attempt. number: which one it is, so that the same again is one."""

    number = serializers.IntegerField(min_value=1, max_value=99)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    solved = serializers.BooleanField(allow_null=True, default=None)
    result_score = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    acceptance_score = serializers.IntegerField(
        min_value=1, max_value=5, allow_null=True, default=None
    )
    comment = serializers.CharField(max_length=500, allow_blank=True, default="")
    answers = serializers.DictField(child=serializers.JSONField(), default=dict)

    def answer(self) -> Answer:
        """Will give the answer as the service takes it, only once valid."""
        return Answer(**{n: v for n, v in self.validated_data.items() if n != "number"})
