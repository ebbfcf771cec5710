"""Work orders as programs read and file them. Source: OP-09, OP-12."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.ops.enums import OrderSource, OrderState
from apps.ops.models import WorkOrder


class OrderSerializer(serializers.Serializer[WorkOrder]):
    """One order as a list shows it; moments in UTC."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(source="case.number")
    state = serializers.CharField(source="case.state", help_text="见 state_label")
    state_label = serializers.SerializerMethodField()
    fault_kind = serializers.CharField(source="fault_kind.code")
    level = serializers.IntegerField(source="level.number")
    source = serializers.CharField()  # type: ignore[assignment]  # the stubs have an attribute
    about = serializers.CharField(help_text="异常设备名称")
    asset_code = serializers.CharField(source="asset.code", default=None, allow_null=True)
    area = serializers.CharField(source="case.area.code", default=None, allow_null=True)
    vendor = serializers.CharField(source="vendor.name", default=None, allow_null=True)
    cause = serializers.CharField()
    reported_at = serializers.DateTimeField()
    responded_at = serializers.DateTimeField(allow_null=True)
    restored_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    respond_late = serializers.BooleanField(allow_null=True)
    restore_late = serializers.BooleanField(allow_null=True)

    @extend_schema_field(serializers.CharField())
    def get_state_label(self, order: WorkOrder) -> str:
        """The state in words."""
        return str(OrderState(order.case.state).label)


class ReportBody(serializers.Serializer[Any]):
    """A fault; asset_code or about name the thing."""

    fault_kind = serializers.SlugField(max_length=40, help_text="故障类型代码")
    text = serializers.CharField(max_length=1000)
    asset_code = serializers.CharField(required=False, max_length=16, help_text="部件编码")
    about = serializers.CharField(required=False, max_length=120, default="")
    level = serializers.IntegerField(required=False, min_value=1, max_value=9)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # as above
        choices=[(OrderSource.MONITORING.value, OrderSource.MONITORING.label)],
        default=OrderSource.MONITORING.value, help_text="程序上报的来源",
    )  # fmt: skip


class OrderQuery(serializers.Serializer[Any]):
    """What the list is narrowed by."""

    state = serializers.ChoiceField(choices=OrderState.choices, required=False)
    name = serializers.CharField(required=False, max_length=60)
    from_on = serializers.DateField(required=False)
    to_on = serializers.DateField(required=False)
    late = serializers.BooleanField(required=False)
