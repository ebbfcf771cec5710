"""Plans, runs and results as programs read and order them. Source: VD-06."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.diagnosis.enums import Fault, Verdict
from apps.diagnosis.models import DiagnosisPlan, Result, Run
from apps.diagnosis.services.rounds import MOST_ASKED


class PlanSerializer(serializers.Serializer[DiagnosisPlan]):
    """A plan; its hours are the city's."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    area = serializers.CharField(source="area.code")
    times = serializers.ListField(child=serializers.CharField(), help_text="巡检时刻 HH:MM")
    is_active = serializers.BooleanField()
    due_at = serializers.DateTimeField(help_text="下次巡检")


class RunSerializer(serializers.Serializer[Run]):
    """One round over cameras and how far it is."""

    id = serializers.IntegerField(source="pk")
    plan = serializers.IntegerField(source="plan_id", allow_null=True)
    trigger = serializers.CharField(help_text="plan 预案，demand 人工发起，follow_up 自动复检")
    state = serializers.CharField(help_text="running 进行中，done 已完成，cancelled 已取消")
    area = serializers.CharField(source="area.code")
    thresholds = serializers.IntegerField(source="thresholds.version", help_text="阈值版本")
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(help_text="摄像机数")
    looked = serializers.IntegerField(help_text="已检测")
    broken = serializers.IntegerField(help_text="疑似和异常")


class FindingItem(serializers.Serializer[Any]):
    """One fault of a result with its figures."""

    fault = serializers.CharField()
    number = serializers.CharField(allow_blank=True, help_text="所依据的指标")
    value = serializers.FloatField()
    threshold = serializers.FloatField()
    sentence = serializers.CharField()


class ResultSerializer(serializers.Serializer[Result]):
    """One look at one camera: conclusion, figures, versions."""

    id = serializers.IntegerField(source="pk")
    camera = serializers.CharField(source="camera.gb_code", help_text="摄像机国标编码")
    camera_name = serializers.CharField(source="camera.asset.name")
    run = serializers.IntegerField(source="run_id")
    stage = serializers.CharField(help_text="first 巡检，recheck 复检，proof 修复验证")
    taken_at = serializers.DateTimeField()
    light = serializers.CharField(help_text="day 白天，night 夜间")
    verdict = serializers.CharField(help_text="good 正常，suspect 疑似，faulty 异常")
    faults = serializers.ListField(child=serializers.CharField())
    findings = serializers.SerializerMethodField()
    numbers = serializers.DictField(child=serializers.FloatField(), help_text="各项指标")
    algorithm = serializers.CharField(help_text="算法版本")
    thresholds = serializers.IntegerField(source="thresholds.version", help_text="阈值版本")

    @extend_schema_field(FindingItem(many=True))
    def get_findings(self, result: Result) -> list[dict[str, Any]]:
        """The faults with what they were told from."""
        return [
            {name: one.get(name) for name in FindingItem._declared_fields}
            for one in result.findings
        ]


class ResultQuery(serializers.Serializer[Any]):
    """What the results are narrowed by."""

    camera = serializers.CharField(required=False, max_length=20, help_text="国标编码")
    run = serializers.IntegerField(required=False)
    verdict = serializers.ChoiceField(choices=Verdict.values, required=False)
    fault = serializers.ChoiceField(choices=Fault.values, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class RunBody(serializers.Serializer[Any]):
    """Cameras to look at now."""

    cameras = serializers.ListField(
        child=serializers.CharField(max_length=20), min_length=1, max_length=MOST_ASKED,
        help_text="国标编码",
    )  # fmt: skip
