"""Jobs, counts and findings as programs read them. Source: VD-09, VD-10."""

from typing import Any

from rest_framework import serializers

from apps.algorithms.enums import Task
from apps.analysis.enums import Verdict
from apps.analysis.models import AnalysisJob, Finding


class JobSerializer(serializers.Serializer[AnalysisJob]):
    """A job as a list shows it."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    camera = serializers.CharField(source="camera.gb_code", help_text="摄像机国标编码")
    task = serializers.CharField(source="algorithm.task")
    algorithm = serializers.CharField(source="algorithm.code")
    unit = serializers.CharField(source="unit.code")
    version = serializers.IntegerField(help_text="设置版本")
    is_active = serializers.BooleanField()
    ran_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    waiting = serializers.IntegerField(help_text="待核实的发现")
    lasting = serializers.IntegerField(help_text="仍在持续的发现")


class QueuedSerializer(serializers.Serializer[Any]):
    """The piece of work a job's run is."""

    work = serializers.IntegerField(source="pk")
    state = serializers.CharField(help_text="waiting 排队，running 运行中")


class TallySerializer(serializers.Serializer[Any]):
    """Who went over a line within an hour."""

    line = serializers.CharField()
    hour = serializers.DateTimeField()
    entered = serializers.IntegerField(source="came")
    left = serializers.IntegerField(source="went")


class FindingSerializer(serializers.Serializer[Finding]):
    """One event; the picture is not given here, it is looked at with a reason in the pages."""

    id = serializers.IntegerField(source="pk")
    job = serializers.IntegerField(source="job_id")
    job_name = serializers.CharField(source="job.name")
    camera = serializers.CharField(source="job.camera.gb_code", help_text="摄像机国标编码")
    task = serializers.CharField(source="job.algorithm.task")
    zone = serializers.CharField()
    zone_name = serializers.CharField()
    began_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="空为仍在持续")
    value = serializers.FloatField()
    confidence = serializers.FloatField(help_text="0 到 1")
    box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="左、上、右、下，占画面的比例"
    )
    algorithm = serializers.CharField(help_text="算法版本")
    is_hint = serializers.BooleanField(help_text="提示级，须人工核实")
    verdict = serializers.CharField(help_text="new 待确认，confirmed 属实，false 误报")
    judged_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class JobQuery(serializers.Serializer[Any]):
    """What jobs are narrowed by."""

    text = serializers.CharField(required=False, max_length=60)
    task = serializers.ChoiceField(choices=Task.values, required=False)
    state = serializers.ChoiceField(choices=["active", "stopped", "trouble"], required=False)


class FindingQuery(serializers.Serializer[Any]):
    """What findings are narrowed by."""

    job = serializers.IntegerField(required=False)
    task = serializers.ChoiceField(choices=Task.values, required=False)
    verdict = serializers.ChoiceField(choices=Verdict.values, required=False)
    lasting = serializers.BooleanField(required=False, default=False)
    since = serializers.DateField(required=False, help_text="开始日期，含当日")


class VerdictBody(serializers.Serializer[Any]):
    """Whether a finding was right; a false one says why."""

    verdict = serializers.ChoiceField(choices=[Verdict.CONFIRMED.value, Verdict.FALSE.value])
    note = serializers.CharField(required=False, max_length=200, default="", allow_blank=True)
