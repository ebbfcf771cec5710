"""Guides, questions and applications as other portals read them."""

from typing import Any

from rest_framework import serializers

from apps.guides.models import Guide


class GuideSerializer(serializers.ModelSerializer[Guide]):
    """A guide in the list."""

    code = serializers.CharField(source="matter_type.code")
    domain = serializers.CharField(source="matter_type.domain.code")
    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Guide
        fields = ("code", "title", "summary", "audience", "domain", "version", "published_at")


class GuideDetailSerializer(GuideSerializer):
    """A guide with all it says. successor: where to go on from a retired one."""

    state = serializers.CharField()
    windows = serializers.JSONField()
    retired_at = serializers.DateTimeField(allow_null=True)
    retired_reason = serializers.CharField()
    successor = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField()

    class Meta(GuideSerializer.Meta):
        fields = (  # type: ignore[assignment]  # more of them
            *GuideSerializer.Meta.fields,
            "state",
            "windows",
            "retired_at",
            "retired_reason",
            "successor",
            "content",
        )

    def get_successor(self, guide: Guide) -> str | None:
        return guide.successor.matter_type.code if guide.successor is not None else None

    def get_content(self, guide: Guide) -> dict[str, Any]:
        content: dict[str, Any] = self.context["content"]
        return content


class GuideQuery(serializers.Serializer[Any]):
    """Narrows the list."""

    q = serializers.CharField(required=False, max_length=60, default="")
    audience = serializers.ChoiceField(choices=["person", "enterprise"], required=False, default="")
    domain = serializers.CharField(required=False, max_length=60, default="")


class ChoiceSerializer(serializers.Serializer[Any]):
    """An answer and the path it leads to."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    path = serializers.CharField()


class StandingSerializer(serializers.Serializer[Any]):
    """Where a path leads: to a question with choices, or to a matter."""

    path = serializers.CharField()
    question = serializers.CharField(allow_null=True)
    choices = ChoiceSerializer(many=True)
    matter = serializers.CharField(allow_null=True)
    materials = serializers.ListField(child=serializers.CharField(), allow_null=True)
    preset = serializers.DictField()
    note = serializers.CharField()


class PartSerializer(serializers.Serializer[Any]):
    """One department's part."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    unit = serializers.CharField()
    state = serializers.CharField()
    state_label = serializers.CharField()
    document_number = serializers.CharField()


class GuideStepSerializer(serializers.Serializer[Any]):
    """One public step."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    state = serializers.CharField()


class ApplicationProgressSerializer(serializers.Serializer[Any]):
    """An application in one view; no personal data."""

    number = serializers.CharField(source="application.case.number")
    state = serializers.CharField(source="state_label")
    category = serializers.CharField()
    parts = PartSerializer(many=True)
    steps = GuideStepSerializer(many=True)


class ApplySerializer(serializers.Serializer[Any]):
    """An application. form_data: see /api/v1/matters/<code>/form/. materials: by code, the keys
    that /api/v1/files/ gave."""

    matter = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=60)
    phone = serializers.CharField(max_length=30)
    id_number = serializers.CharField(max_length=18)
    form_data = serializers.DictField(required=False, default=dict)
    materials = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False, default=dict
    )
