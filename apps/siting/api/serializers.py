"""Plans of points as programs read them. Source: IO-01."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.siting.enums import Demand, PlanState
from apps.siting.models import Plan


class SitingPlanSerializer(serializers.Serializer[Plan]):
    """One plan; distances in metres, moments in UTC."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    kind = serializers.CharField(source="kind.code", help_text="部件类别代码")
    unit = serializers.CharField(source="unit.code")
    area = serializers.CharField(source="area.code")
    demand = serializers.ChoiceField(Demand.choices)
    radius_m = serializers.IntegerField()
    duplicate_m = serializers.IntegerField()
    state = serializers.CharField(help_text="见 state_label")
    state_label = serializers.SerializerMethodField()
    points = serializers.IntegerField(source="count")
    built = serializers.IntegerField()
    cost = serializers.DecimalField(14, 2, allow_null=True, help_text="点位预算之和，元")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.CharField())
    def get_state_label(self, plan: Plan) -> str:
        """The state in words."""
        return str(PlanState(plan.state).label)


class SitingQuery(serializers.Serializer[Any]):
    """What the list is narrowed by."""

    state = serializers.ChoiceField(choices=PlanState.choices, required=False)
    kind = serializers.CharField(required=False, max_length=4, help_text="部件类别代码")
    name = serializers.CharField(required=False, max_length=60)


class SitingGap(serializers.Serializer[Any]):
    """A piece nobody covers; shares in percent of the demand."""

    number = serializers.IntegerField()
    hectares = serializers.FloatField()
    lost = serializers.FloatField(help_text="空白占覆盖对象的百分比")
    won = serializers.FloatField(help_text="在建议位置设点可覆盖的百分比")
    lon = serializers.FloatField(source="point.x")
    lat = serializers.FloatField(source="point.y")
    reason = serializers.CharField()


class SitingDuplicate(serializers.Serializer[Any]):
    """Two places nearer to each other than the plan says."""

    metres = serializers.FloatField()
    reason = serializers.CharField()


class SitingInputs(serializers.Serializer[Any]):
    """The figures and what they were reckoned from."""

    before = serializers.FloatField(help_text="现有部件的覆盖率，百分比")
    after = serializers.FloatField(help_text="加上规划点位后的覆盖率，百分比")
    demand = serializers.CharField()
    weight = serializers.IntegerField(help_text="覆盖对象的总量：格数、建筑数或案件数")
    radius_m = serializers.IntegerField()
    duplicate_m = serializers.IntegerField()
    area = serializers.CharField()
    kind = serializers.CharField()
    existing = serializers.IntegerField()
    planned = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    cell_m = serializers.FloatField()
    cells = serializers.IntegerField()
    at = serializers.DateTimeField()


class SitingCoverage(serializers.Serializer[Any]):
    """What a plan covers, by what the caller may see."""

    told = SitingInputs()
    gaps = SitingGap(many=True)
    duplicates = SitingDuplicate(many=True)


class SitingPoints(serializers.Serializer[Any]):
    """A GeoJSON FeatureCollection; WGS 84 degrees."""

    type = serializers.CharField()
    features = serializers.ListField(child=serializers.DictField())
