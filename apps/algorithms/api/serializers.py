"""Algorithms and calls as programs read and make them. Source: CP-04."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.algorithms.enums import AliasName, Task
from apps.algorithms.models import Algorithm, DataSet, ModelCall


class VersionItem(serializers.Serializer[Any]):
    """One version of an algorithm."""

    version = serializers.CharField()
    state = serializers.CharField(help_text="published 为已发布，其余不能调用")
    output = serializers.CharField()
    sha256 = serializers.CharField(help_text="内置算法为空")
    score = serializers.DictField(help_text="最近评测的精确率、召回率、F1")


class CanaryItem(serializers.Serializer[Any]):
    """A version tried on some cameras."""

    version = serializers.CharField(source="version.version")
    area = serializers.CharField(source="area.code", default=None, allow_null=True)
    share = serializers.IntegerField(help_text="该范围内摄像机的百分比")


class AlgorithmSerializer(serializers.Serializer[Algorithm]):
    """An algorithm with its versions, newest first, and what its name means now."""

    code = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    task = serializers.CharField()
    origin = serializers.CharField(help_text="builtin 内置，onnx 厂商模型")
    production = serializers.SerializerMethodField(help_text="生产版本，空为未发布")
    canaries = serializers.SerializerMethodField(help_text="灰度中的版本及其范围")
    versions = VersionItem(source="versions.all", many=True)

    @extend_schema_field(CanaryItem(many=True))
    def get_canaries(self, algorithm: Algorithm) -> Any:
        """The versions on trial."""
        found = [one for one in algorithm.aliases.all() if one.name == AliasName.CANARY]
        return CanaryItem(found, many=True).data

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_production(self, algorithm: Algorithm) -> str | None:
        """The version meant everywhere."""
        for alias in algorithm.aliases.all():
            if alias.name == AliasName.PRODUCTION and alias.area_id is None:
                return alias.version.version
        return None


class AlgorithmQuery(serializers.Serializer[Any]):
    """What algorithms are narrowed by."""

    text = serializers.CharField(required=False, max_length=60)
    task = serializers.ChoiceField(choices=Task.values, required=False)


class DataSetSerializer(serializers.Serializer[DataSet]):
    """One version of a data set for training or tests. Source: CP-02."""

    id = serializers.IntegerField(source="pk")
    code = serializers.CharField()
    version = serializers.CharField()
    name = serializers.CharField()
    task = serializers.CharField()
    purpose = serializers.CharField(help_text="training 训练，test 评测，both 皆可")
    origin = serializers.CharField(source="source", help_text="来源")
    legal_basis = serializers.CharField()
    licence = serializers.CharField()
    privacy = serializers.CharField(help_text="none 不含，masked 已去标识化，personal 含个人信息")
    labels = serializers.ListField(child=serializers.CharField())
    items = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    unit = serializers.CharField(source="unit.code", help_text="保管单位代码")
    keep_until = serializers.DateField()
    state = serializers.CharField(help_text="draft、in_force、retired 或 destroyed")


class DataSetQuery(serializers.Serializer[Any]):
    """What data sets are narrowed by."""

    text = serializers.CharField(required=False, max_length=60)
    task = serializers.ChoiceField(choices=Task.values, required=False)
    state = serializers.CharField(required=False, max_length=10)


class CallBody(serializers.Serializer[Any]):
    """One picture for one unit, and why."""

    unit = serializers.CharField(max_length=40, help_text="承担配额和费用的单位代码")
    reason = serializers.CharField(max_length=200, help_text="调用事由")
    picture = serializers.FileField(help_text="JPEG 或 PNG")


class CallSerializer(serializers.Serializer[ModelCall]):
    """A call and what came of it; the picture is kept no longer than the call lasts."""

    id = serializers.IntegerField(source="pk")
    algorithm = serializers.CharField(source="item.version.algorithm.code")
    version = serializers.CharField(source="item.version.version", help_text="实际使用的版本")
    unit = serializers.CharField(source="item.unit.code")
    state = serializers.CharField(
        source="item.state", help_text="waiting、running、done、failed 或 cancelled"
    )
    asked_at = serializers.DateTimeField(source="item.created_at")
    finished_at = serializers.DateTimeField(source="item.finished_at", allow_null=True)
    result = serializers.DictField(source="item.result", help_text="ok、output、ms 或 error")
    error = serializers.CharField(source="item.error")
