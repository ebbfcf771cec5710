from django.db import models
from django.utils.translation import gettext_lazy as _


class GazetteerKind(models.TextChoices):
    """What a name in the gazetteer names, the most exact first."""

    BUILDING = "building", _("楼栋")
    NUMBER = "number", _("门牌")
    JUNCTION = "junction", _("路口")
    POI = "poi", _("兴趣点")
    STOP = "stop", _("公交站")
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
