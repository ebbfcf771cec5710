from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.places.models import Area
from apps.places.selectors import Candidate, Described


class PointQuery(serializers.Serializer):
    """A place in degrees, WGS 84."""

    lon = serializers.FloatField(min_value=-180, max_value=180)
    lat = serializers.FloatField(min_value=-90, max_value=90)


class TextQuery(serializers.Serializer):
    q = serializers.CharField(min_length=2, max_length=300, help_text=_("地址或地名"))
    area = serializers.CharField(required=False, help_text=_("优先区域的代码"))


class AreaQuery(serializers.Serializer):
    # Declared fields are taken off the class; they do not hide the framework's attributes.
    parent = serializers.IntegerField(required=False)  # type: ignore[assignment]
    level = serializers.SlugField(required=False, default="")


class CellQuery(serializers.Serializer):
    """Cells of one area and below, as of a day, from behind a code on."""

    area = serializers.CharField(help_text=_("上级区域代码"))
    on = serializers.DateField(required=False, help_text=_("截至日期，默认今天"))
    after = serializers.CharField(required=False, default="", help_text=_("从该代码之后取"))
    limit = serializers.IntegerField(required=False, default=500, min_value=1, max_value=1000)


class AreaSerializer(serializers.ModelSerializer):
    level = serializers.CharField(source="level.code")
    synthetic = serializers.BooleanField(source="is_synthetic")

    class Meta:
        model = Area
        fields = ["id", "code", "name", "level", "parent_id", "synthetic"]


@extend_schema_field({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2})
class PointField(serializers.Field):
    """A position as [longitude, latitude], degrees WGS 84."""

    def to_representation(self, value: Any) -> list[float]:
        return [round(value.x, 7), round(value.y, 7)]


class LocatedSerializer(serializers.Serializer):
    """Where a point lies. area: null outside the city."""

    area = AreaSerializer(allow_null=True)
    full_name = serializers.CharField()


class DescribedSerializer(serializers.Serializer):
    """A point in words. area: null outside the city; address: empty if nothing is near."""

    area = AreaSerializer(allow_null=True)
    full_name = serializers.CharField()
    address = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    entry_id = serializers.IntegerField(allow_null=True)
    distance_m = serializers.SerializerMethodField()
    confidence = serializers.FloatField()

    def get_distance_m(self, described: Described) -> float | None:
        return None if described.distance_m is None else round(described.distance_m, 1)


class AddressPartSerializer(serializers.Serializer):
    """A piece of the text asked about; start and end count its characters."""

    kind = serializers.CharField()
    text = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    used = serializers.BooleanField()


class CandidateSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    point = PointField()
    area = AreaSerializer(allow_null=True)
    confidence = serializers.FloatField()
    confidence_class = serializers.CharField()
    precision_m = serializers.IntegerField()
    reason = serializers.CharField()
    entry_id = serializers.IntegerField(allow_null=True)
    parts = serializers.SerializerMethodField()

    @extend_schema_field(AddressPartSerializer(many=True))
    def get_parts(self, candidate: Candidate) -> list[dict[str, Any]]:
        """Every piece of the text, and whether this candidate rests on it."""
        return [
            {
                "kind": part.kind.value,
                "text": part.text,
                "start": part.start,
                "end": part.end,
                "used": index in candidate.used,
            }
            for index, part in enumerate(self.context["parts"])
        ]
