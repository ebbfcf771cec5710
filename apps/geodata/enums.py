"""Words of imported map data."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Format(TextChoices):
    """What a file is, told by its bytes."""

    GEOJSON = "geojson", _("GeoJSON")
    SHAPEFILE = "shapefile", _("Shapefile（zip）")
    GPKG = "gpkg", _("GeoPackage")
    CSV = "csv", _("CSV 表格")
    KML = "kml", _("KML")


class JobState(TextChoices):
    """Where an import stands. Queued ones are done by the worker."""

    READING = "reading", _("等待读取")
    PREVIEWED = "previewed", _("待确认")
    WRITING = "writing", _("等待写入")
    DONE = "done", _("已导入")
    REFUSED = "refused", _("检查未通过")
    FAILED = "failed", _("无法读取")
    CANCELLED = "cancelled", _("已放弃")


class Visibility(TextChoices):
    """Who sees an imported layer besides the unit that owns it."""

    UNIT = "unit", _("本单位及下级")
    TENANT = "tenant", _("全市各单位")


class IssueKind(TextChoices):
    """What a check found."""

    EMPTY = "empty", _("没有图形")
    INVALID = "invalid", _("图形自相交或不闭合")
    OUTSIDE = "outside", _("坐标超出范围")
    GEOMETRY = "geometry", _("图形类型不符")
    ADDRESS = "address", _("地址未能定位")
    REQUIRED = "required", _("必填项为空")
    TYPE = "type", _("类型不符")
    RANGE = "range", _("超出取值范围")
    CODE = "code", _("不在代码表内")
    UNIQUE = "unique", _("值重复")
    OVERLAP = "overlap", _("面与面重叠")
    GAP = "gap", _("面与面之间有缝隙")
    DANGLE = "dangle", _("线头悬空")


class Severity(TextChoices):
    """error: nothing is written; warning: shown, and written all the same."""

    ERROR = "error", _("错误")
    WARNING = "warning", _("提醒")


class AnalysisKind(TextChoices):
    """What can be computed over layers."""

    BUFFER = "buffer", _("缓冲区")
    INTERSECT = "intersect", _("叠加：相交部分")
    DIFFERENCE = "difference", _("叠加：去掉重合部分")
    UNION = "union", _("叠加：合并")
    NEAREST = "nearest", _("最近（直线）")
    NEAREST_ROAD = "nearest_road", _("最近（沿路）")
    SERVICE_AREA = "service_area", _("服务范围（沿路）")
    AREA_COUNT = "area_count", _("按区域统计")
    IDW = "idw", _("插值（反距离加权）")


class AnalysisState(TextChoices):
    """Where an analysis stands."""

    QUEUED = "queued", _("等待运行")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")


class ResultField(TextChoices):
    """What the features of an analysis carry."""

    LABEL = "label", _("名称")
    OTHER = "other", _("对象")
    AREA = "area_m2", _("面积（平方米）")
    LENGTH = "length_m", _("长度（米）")
    DISTANCE = "distance_m", _("距离（米）")
    REACH = "reach_m", _("范围（米）")
    ROAD = "road_m", _("道路长度（米）")
    COUNT = "count", _("数量")
    SUM = "sum", _("合计")
    MEAN = "mean", _("平均")
    VALUE = "value", _("值")
