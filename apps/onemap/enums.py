"""Words of the map every layer uses."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LayerGroup(TextChoices):
    """The branches of the layer tree, in the order they are shown."""

    MATTERS = "matters", _("案件任务")
    PEOPLE = "people", _("人员力量")
    ASSETS = "assets", _("城市部件")
    SENSING = "sensing", _("感知设备")
    PLACES = "places", _("区划地址")
    DATA = "data", _("专题数据")
    ANALYSIS = "analysis", _("分析结果")
    OUTSIDE = "outside", _("外部服务")


class Geometry(TextChoices):
    """What the features of a layer are."""

    POINT = "point", _("点")
    LINE = "line", _("线")
    POLYGON = "polygon", _("面")
    MIXED = "mixed", _("混合")


class FieldKind(TextChoices):
    """The type of a field, as JSON schema, tiles and filters need to know it."""

    TEXT = "text", _("文本")
    INTEGER = "integer", _("整数")
    NUMBER = "number", _("数值")
    BOOLEAN = "boolean", _("是否")
    DATE = "date", _("日期")
    TIME = "time", _("时间")


class ExportState(TextChoices):
    """How far a file of tiles is."""

    WAITING = "waiting", _("排队中")
    RUNNING = "running", _("生成中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("生成失败")
    REMOVED = "removed", _("已到期删除")
