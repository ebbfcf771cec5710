from django.db import models
from django.utils.translation import gettext_lazy as _


class GazetteerKind(models.TextChoices):
    """What a name in the gazetteer names, the most exact first."""

    UNIT = "unit", _("单元")
    BUILDING = "building", _("楼栋")
    NUMBER = "number", _("门牌")
    JUNCTION = "junction", _("路口")
    POI = "poi", _("兴趣点")
    STOP = "stop", _("公交站")
    POLE = "pole", _("灯杆")
    ESTATE = "estate", _("小区")
    ROAD = "road", _("道路")
    AREA = "area", _("区域")


class MapFeatureKind(models.TextChoices):
    """What the local base map draws, from the bottom up."""

    COAST = "coast", _("海岸线")
    WATER = "water", _("水体")
    GREEN = "green", _("绿地")
    BUILDING = "building", _("建筑")
    ROAD = "road", _("道路")
    LABEL = "label", _("注记")


class ImportState(models.TextChoices):
    """An import is looked at first and applied once."""

    PREVIEWED = "previewed", _("已预览")
    APPLIED = "applied", _("已写入")


class PartKind(models.TextChoices):
    """What a piece of a text about a place says."""

    AREA = "area", _("区域")
    ROAD = "road", _("道路")
    NUMBER = "number", _("门牌")
    EXTRA = "extra", _("附号")
    PLACE = "place", _("地点")
    BUILDING = "building", _("楼栋")
    UNIT = "unit", _("单元")
    FLOOR = "floor", _("楼层")
    ROOM = "room", _("房号")
    CROSSING = "crossing", _("路口")
    RELATION = "relation", _("相对位置")
    WALK = "walk", _("方向距离")
    SIDE = "side", _("方位")
    DISTANCE = "distance", _("距离")
    JOIN = "join", _("连接")
    BETWEEN = "between", _("之间")
    MARK = "mark", _("里程桩")
    POLE = "pole", _("灯杆")
    OTHER = "other", _("其他文字")


class UnplacedState(models.TextChoices):
    """What became of the words for a place that nobody could place."""

    OPEN = "open", _("待处理")
    SOLVED = "solved", _("已入库")
    IGNORED = "ignored", _("已忽略")


class UnplacedCause(models.TextChoices):
    """Why a text came to the list."""

    UNPLACED = "unplaced", _("未能定位")
    BY_HAND = "by_hand", _("人工选点")


class FaultKind(models.TextChoices):
    """What can be wrong with the areas of a storey. Source: GR-01, CJ/T 213."""

    INVALID = "invalid", _("边界图形无效")
    MISSING = "missing", _("没有边界")
    OUTSIDE = "outside", _("超出上级区域")
    OVERLAP = "overlap", _("相互重叠")
    GAP = "gap", _("有空隙")
    SLIVER = "sliver", _("有狭长碎片")
    ORDER = "order", _("编号顺序不符")


class RedrawKind(models.TextChoices):
    """What a re-drawing does to cells."""

    SPLIT = "split", _("拆分")
    MERGE = "merge", _("合并")
    BOUNDARY = "boundary", _("调整边界")
    NEW = "new", _("新划")


class RedrawState(models.TextChoices):
    """A re-drawing is drawn by one, checked by another and applied on its day."""

    DRAFT = "draft", _("待复核")
    CHECKED = "checked", _("待生效")
    APPLIED = "applied", _("已生效")
    DROPPED = "dropped", _("已撤销")


class SpecialKind(models.TextChoices):
    """What a special grid is for. Source: DB6101/T 3185-2024."""

    BUILDING = "building", _("商务楼宇")
    PARK = "park", _("产业园区")
    SCHOOL = "school", _("学校")
    HOSPITAL = "hospital", _("医院")
    MARKET = "market", _("商圈市场")
    SITE = "site", _("建设工地")
    TRANSPORT = "transport", _("交通场站")
    OTHER = "other", _("其他")
