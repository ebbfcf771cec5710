"""Supervised objects, draws and results as other systems read them."""

from typing import Any

from rest_framework import serializers

from apps.inspection.enums import Finding, Grade, ObjectKind
from apps.inspection.models import CheckResult, Draw, SupervisedObject
from apps.inspection.selectors.register import shown_name


class SupervisedObjectSerializer(serializers.ModelSerializer[SupervisedObject]):
    """An object of the register; the name of a person is masked."""

    ref = serializers.CharField()
    name = serializers.SerializerMethodField()
    area = serializers.CharField(source="area.code")
    unit = serializers.CharField(source="unit.code")
    point = serializers.SerializerMethodField()

    class Meta:
        model = SupervisedObject
        fields = (
            "id",
            "ref",
            "kind",
            "name",
            "credit_code",
            "area",
            "unit",
            "address",
            "point",
            "grade",
            "points",
            "is_active",
        )

    def get_name(self, row: SupervisedObject) -> str:
        return shown_name(row)

    def get_point(self, row: SupervisedObject) -> list[float] | None:
        return [row.point.x, row.point.y] if row.point else None


class SupervisedObjectQuery(serializers.Serializer[Any]):
    """Narrows the list. area: code of an area; everything below it counts."""

    q = serializers.CharField(required=False, max_length=60, default="")
    kind = serializers.ChoiceField(choices=ObjectKind.choices, required=False, default="")
    grade = serializers.ChoiceField(choices=Grade.choices, required=False, default="")
    area = serializers.CharField(required=False, max_length=40, default="")


class DrawSerializer(serializers.ModelSerializer[Draw]):
    """A draw as everybody may read it, from the moment its list was frozen."""

    plan = serializers.CharField(source="plan.title")
    matter = serializers.CharField(source="plan.matter_type.code")
    drawn = serializers.IntegerField()
    published = serializers.IntegerField()

    class Meta:
        model = Draw
        fields = (
            "number",
            "plan",
            "matter",
            "state",
            "algorithm",
            "list_digest",
            "secret_digest",
            "frozen_at",
            "drawn_at",
            "results_digest",
            "abandoned_reason",
            "drawn",
            "published",
        )


class PublishedResultSerializer(serializers.ModelSerializer[CheckResult]):
    """A published result of a check."""

    draw = serializers.CharField(source="result.draw.number")
    object = serializers.CharField(source="result.supervised.ref")
    name = serializers.SerializerMethodField()
    finding = serializers.ChoiceField(choices=Finding.choices)

    class Meta:
        model = CheckResult
        fields = (
            "draw",
            "object",
            "name",
            "finding",
            "public_text",
            "checked_on",
            "published_at",
        )

    def get_name(self, check: CheckResult) -> str:
        return shown_name(check.result.supervised)


class VerdictSerializer(serializers.Serializer[Any]):
    """What came of computing a proof again. differences: codes of ``drawing.verify``."""

    agrees = serializers.BooleanField()
    differences = serializers.ListField(child=serializers.CharField())
    published = serializers.BooleanField(
        allow_null=True, help_text="whether the digests are those published here; null: not known"
    )
