from django.db import models
from django.utils.translation import gettext_lazy as _


class FindingKind(models.TextChoices):
    """What the nightly look at the demands can find (MT-24)."""

    RISING = "rising", _("上升话题")
    HOT_SPOT = "hot_spot", _("高发网格")
    REPEATED = "repeated", _("重复地址")


class Method(models.TextChoices):
    """How the days to come are foretold."""

    NAIVE = "naive", _("上周同日")
    MEDIAN = "median", _("八周同日中位数")
    SMOOTHING = "smoothing", _("指数平滑")
