"""Data products as programs read them. Source: IO-05."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.products.enums import Grain, Step
from apps.products.models import DataProduct


class DataProductSerializer(serializers.Serializer[DataProduct]):
    """One product of the catalogue; moments in UTC."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    terms = serializers.CharField()
    unit = serializers.CharField(source="unit.code", help_text="提供单位代码")
    area = serializers.CharField(source="area.code")
    measure = serializers.CharField(source="field_code", help_text="监测量代码")
    measure_name = serializers.CharField(source="field_name")
    measure_unit = serializers.CharField(source="field_unit")
    grain = serializers.ChoiceField(Grain.choices)
    step = serializers.ChoiceField(Step.choices)
    is_open = serializers.BooleanField()
    published_at = serializers.DateTimeField(allow_null=True)


class DataProductQuery(serializers.Serializer[Any]):
    """What the catalogue is narrowed by."""

    q = serializers.CharField(required=False, max_length=60, help_text="名称、代码或监测量")
    step = serializers.ChoiceField(choices=Step.choices, required=False)
    readable = serializers.BooleanField(required=False, help_text="只列出可以读取的")


class DataProductSpan(serializers.Serializer[Any]):
    """Days of the city, both included; at most 31 of hours, 1,096 of days."""

    since = serializers.DateField()
    until = serializers.DateField()
    start = serializers.IntegerField(required=False, default=0, min_value=0, max_value=1_000_000)
    count = serializers.IntegerField(required=False, default=500, min_value=1, max_value=5000)


class DataProductRow(serializers.Serializer[Any]):
    """One row, in the product's unit. at: begin of the hour in UTC, or the day of the city."""

    at = serializers.SerializerMethodField()
    code = serializers.CharField(help_text="设备节点编号或区域代码")
    name = serializers.CharField()
    mean = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    devices = serializers.IntegerField()
    readings = serializers.IntegerField()
    share = serializers.FloatField(help_text="计入的读数占全部读数，0 至 1")

    @extend_schema_field(serializers.CharField())
    def get_at(self, row: Any) -> str:
        """The hour or the day."""
        return str(row.at.isoformat())


class DataProductRows(serializers.Serializer[Any]):
    """A part of the rows, the newest first. next: the ``start`` of what follows, or null."""

    rows = DataProductRow(many=True)
    next = serializers.IntegerField(allow_null=True)
