"""Map data that people bring: datasets, their versions and features, and the imports.

All geometry is SRID 4326; the same in 3857 is computed by the database for drawing tiles.
"""

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.geodata.city_models import CityModel, ModelLink
from apps.geodata.enums import (
    AnalysisKind,
    AnalysisState,
    Format,
    IssueKind,
    JobState,
    ResultField,
    Severity,
    Visibility,
)
from apps.onemap.enums import Geometry

__all__ = [
    "Analysis",
    "CityModel",
    "Dataset",
    "DatasetVersion",
    "ImportIssue",
    "ImportJob",
    "ImportedFeature",
    "ModelLink",
    "ResultFeature",
    "SpatialView",
    "UnshiftSwitch",
]


class Dataset(models.Model):
    """One imported layer (专题数据), drawn as the map layer ``data-<code>``.

    fields: list of {name, label, kind, ...} as ``schema.FieldRule`` reads them.
    current: the version shown; None until the first import is written.
    is_public: also without signing in; only by a second person. Source: GE-03.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    name = models.CharField(_("名称"), max_length=80)
    description = models.CharField(_("说明"), max_length=400, blank=True, default="")
    geometry = models.CharField(_("图形类型"), max_length=10, choices=Geometry)
    fields = models.JSONField(_("字段"), default=list)
    color = models.CharField(_("颜色"), max_length=7, default="#0f766e")
    label_field = models.CharField(_("标注字段"), max_length=40, blank=True, default="")
    visibility = models.CharField(
        _("可见范围"), max_length=8, choices=Visibility, default=Visibility.UNIT
    )
    is_public = models.BooleanField(_("向社会公开"), default=False)
    source = models.CharField(_("数据来源"), max_length=120, blank=True, default="")
    approval_number = models.CharField(_("审图号"), max_length=40, blank=True, default="")
    update_days = models.PositiveSmallIntegerField(_("更新周期（天）"), null=True, blank=True)
    current = models.OneToOneField(
        "DatasetVersion",
        models.PROTECT,
        null=True,
        related_name="shown_as",
        verbose_name=_("当前版本"),
    )
    created_by_name = models.CharField(_("建立人"), max_length=100)
    created_at = models.DateTimeField(_("建立时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("专题数据")
        verbose_name_plural = _("专题数据")
        ordering = ["name", "pk"]
        default_permissions = ()
        permissions = [
            ("keep_datasets", _("导入和维护地图数据")),
            ("publish_datasets", _("复核地图数据公开")),
            ("allow_unshift", _("开关偏移坐标还原")),
            ("analyse", _("运行空间分析")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def layer_code(self) -> str:
        """The code of the map layer."""
        return f"data-{self.code}"


class SpatialView(models.Model):
    """A view or table of a base library, drawn as the layer ``view-<code>``, never copied.

    schema, relation, key_column, geometry_column: as the database names them, checked against
    its catalogue. columns: [name, type] of everything read, as found when a person confirmed
    them; where the database says otherwise now, the layer shows nothing.
    fields: as ``schema.FieldRule`` reads them. row_count: when confirmed.
    shape: of the geometry column, such as "MultiPolygon". Source: GE-10.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    name = models.CharField(_("名称"), max_length=80)
    description = models.CharField(_("说明"), max_length=400, blank=True, default="")
    schema = models.CharField(_("模式"), max_length=63)
    relation = models.CharField(_("视图"), max_length=63)
    key_column = models.CharField(_("主键列"), max_length=63)
    geometry_column = models.CharField(_("图形列"), max_length=63)
    shape = models.CharField(_("图形列类型"), max_length=30)
    columns = models.JSONField(_("列"), default=list)
    fields = models.JSONField(_("字段"), default=list)
    row_count = models.PositiveBigIntegerField(_("登记时行数"), default=0)
    color = models.CharField(_("颜色"), max_length=7, default="#0f766e")
    label_field = models.CharField(_("标注字段"), max_length=40, blank=True, default="")
    visibility = models.CharField(
        _("可见范围"), max_length=8, choices=Visibility, default=Visibility.UNIT
    )
    is_public = models.BooleanField(_("向社会公开"), default=False)
    source = models.CharField(_("数据来源"), max_length=120, blank=True, default="")
    approval_number = models.CharField(_("审图号"), max_length=40, blank=True, default="")
    created_by_name = models.CharField(_("登记人"), max_length=100)
    created_at = models.DateTimeField(_("登记时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("空间视图")
        verbose_name_plural = _("空间视图")
        ordering = ["name", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def layer_code(self) -> str:
        """The code of the map layer."""
        return f"view-{self.code}"


class DatasetVersion(models.Model):
    """One state of a dataset, complete. The last few are kept, so that one can go back.

    crs_stated: what the file or its sender said. crs_found: what the fit to the city said.
    crs_used: what a person confirmed. shift: the whole comparison, see ``detective``.
    """

    dataset = models.ForeignKey(
        Dataset, models.CASCADE, related_name="versions", verbose_name=_("专题数据")
    )
    number = models.PositiveIntegerField(_("版本号"))
    feature_count = models.PositiveIntegerField(_("要素数"), default=0)
    data_on = models.DateField(_("数据日期"))
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("摘要"), max_length=64)
    crs_stated = models.CharField(_("标称坐标系"), max_length=40, blank=True, default="")
    crs_found = models.CharField(_("判断坐标系"), max_length=40, blank=True, default="")
    crs_used = models.CharField(_("采用坐标系"), max_length=40)
    crs_reason = models.CharField(_("采用理由"), max_length=300, blank=True, default="")
    shift = models.JSONField(_("坐标比对"), default=dict)
    fields = models.JSONField(_("字段"), default=list)
    made_by_name = models.CharField(_("导入人"), max_length=100)
    made_at = models.DateTimeField(_("导入时间"))

    class Meta:
        verbose_name = _("数据版本")
        verbose_name_plural = _("数据版本")
        ordering = ["-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"


class ImportedFeature(models.Model):
    """One feature of a version. row_number: in the file, from 1. properties: typed by field.

    area_path: of the narrowest area that holds the feature, for grants and statistics.
    """

    version = models.ForeignKey(
        DatasetVersion, models.CASCADE, related_name="features", db_index=False
    )
    row_number = models.PositiveIntegerField(_("行号"))
    geometry = models.GeometryField(_("图形"), srid=4326, spatial_index=False)
    geometry_3857 = models.GeneratedField(
        expression=Transform("geometry", 3857),
        output_field=models.GeometryField(srid=3857, spatial_index=False),
        db_persist=True,
    )
    properties = models.JSONField(_("属性"), default=dict)
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("导入要素")
        verbose_name_plural = _("导入要素")
        default_permissions = ()
        indexes = [
            GistIndex(fields=["version", "geometry"], name="imported_4326"),
            GistIndex(fields=["version", "geometry_3857"], name="imported_3857"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}:{self.row_number}"


class ImportJob(models.Model):
    """One file on its way in: read, looked at, confirmed, written all or not at all.

    path: of the file under MEDIA_ROOT, gone once the job is over. options: what the person
    said (``schema.Options``). summary: what was read (``schema.Preview``). shift: the
    comparison of coordinate systems. report: what the checks found, counted.
    dataset: the one replaced, or the one that came of it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    dataset = models.ForeignKey(
        Dataset,
        models.CASCADE,
        null=True,
        related_name="imports",
        verbose_name=_("专题数据"),
    )
    name = models.CharField(_("图层名称"), max_length=80)
    file_name = models.CharField(_("文件名"), max_length=200)
    path = models.CharField(_("路径"), max_length=200, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    format = models.CharField(_("格式"), max_length=12, choices=Format)
    crs_stated = models.CharField(_("标称坐标系"), max_length=40, blank=True, default="")
    options = models.JSONField(_("选项"), default=dict)
    summary = models.JSONField(_("读取结果"), default=dict)
    shift = models.JSONField(_("坐标比对"), default=dict)
    report = models.JSONField(_("检查结果"), default=dict)
    state = models.CharField(_("状态"), max_length=12, choices=JobState, default=JobState.READING)
    error = models.CharField(_("原因"), max_length=400, blank=True, default="")
    actor_id = models.CharField(_("操作人编号"), max_length=40)
    actor_name = models.CharField(_("操作人"), max_length=100)
    created_at = models.DateTimeField(_("上传时间"))
    claimed_until = models.DateTimeField(_("处理至"), null=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("数据导入")
        verbose_name_plural = _("数据导入")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id"], name="import_waiting", condition=Q(state__in=["reading", "writing"])
            )
        ]

    def __str__(self) -> str:
        return self.name


class ImportIssue(models.Model):
    """Something a check found in one row of a file. point: where, SRID 4326, if it has a place."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="issues")
    row_number = models.PositiveIntegerField(_("行号"))
    kind = models.CharField(_("问题"), max_length=12, choices=IssueKind)
    severity = models.CharField(_("级别"), max_length=8, choices=Severity)
    field = models.CharField(_("字段"), max_length=80, blank=True, default="")
    message = models.CharField(_("说明"), max_length=300)
    point = models.PointField(_("位置"), srid=4326, null=True)

    class Meta:
        verbose_name = _("检查问题")
        verbose_name_plural = _("检查问题")
        ordering = ["severity", "row_number", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.message


class UnshiftSwitch(models.Model):
    """Whether shifted coordinates (GCJ-02, BD-09) may be turned back. One row; off without it.

    basis: on what ground it was switched, kept in the log too.
    """

    is_allowed = models.BooleanField(_("允许还原"), default=False)
    basis = models.CharField(_("依据"), max_length=300, blank=True, default="")
    changed_by_name = models.CharField(_("操作人"), max_length=100)
    changed_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("偏移还原开关")
        verbose_name_plural = _("偏移还原开关")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="unshift_switch_one_row")]

    def __str__(self) -> str:
        return str(self.is_allowed)


class Analysis(models.Model):
    """A computation over layers; its result is the layer ``result-<id>`` of who ordered it.

    parameters: all that was asked for, with the codes and scope keys of the layers read.
    Only its maker sees it, because only their rights were asked. Source: GE-04.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("方法"), max_length=16, choices=AnalysisKind)
    parameters = models.JSONField(_("参数"), default=dict)
    fields = models.JSONField(_("字段"), default=list)
    geometry = models.CharField(_("图形类型"), max_length=10, choices=Geometry, default="mixed")
    state = models.CharField(
        _("状态"), max_length=8, choices=AnalysisState, default=AnalysisState.QUEUED
    )
    error = models.CharField(_("原因"), max_length=300, blank=True, default="")
    feature_count = models.PositiveIntegerField(_("要素数"), default=0)
    maker = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("分析人"))
    created_at = models.DateTimeField(_("提交时间"))
    claimed_until = models.DateTimeField(_("处理至"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    expires_on = models.DateField(_("保留至"))

    class Meta:
        verbose_name = _("空间分析")
        verbose_name_plural = _("空间分析")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], name="analysis_waiting", condition=Q(state="queued"))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def layer_code(self) -> str:
        """The code of the map layer."""
        return f"result-{self.pk}"

    @property
    def columns(self) -> list[tuple[str, str, str]]:
        """Name, words in the reader's language and kind of every field of the result.

        Older results kept the words of a field beside its name.
        """
        words = dict(ResultField.choices)
        return [
            (entry["name"], str(words.get(entry["name"], entry.get("label", ""))), entry["kind"])
            for entry in self.fields
        ]


class ResultFeature(models.Model):
    """One feature of a result."""

    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="features", db_index=False)
    geometry = models.GeometryField(_("图形"), srid=4326, spatial_index=False)
    geometry_3857 = models.GeneratedField(
        expression=Transform("geometry", 3857),
        output_field=models.GeometryField(srid=3857, spatial_index=False),
        db_persist=True,
    )
    properties = models.JSONField(_("属性"), default=dict)

    class Meta:
        verbose_name = _("分析结果要素")
        verbose_name_plural = _("分析结果要素")
        default_permissions = ()
        indexes = [
            GistIndex(fields=["analysis", "geometry"], name="result_4326"),
            GistIndex(fields=["analysis", "geometry_3857"], name="result_3857"),
        ]

    def __str__(self) -> str:
        return f"{self.analysis_id}:{self.pk}"
