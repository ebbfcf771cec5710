"""Words of data products."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Grain(models.TextChoices):
    """What one row is about."""

    DEVICE = "device", _("按设备")
    AREA = "area", _("按下级区域")


class Step(models.TextChoices):
    """How long a span one row is about."""

    HOUR = "hour", _("小时")
    DAY = "day", _("日")


class ProductState(models.TextChoices):
    """Whether others find a product."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")


class GrantState(models.TextChoices):
    """What became of asking for a product."""

    WAITING = "waiting", _("待审批")
    GRANTED = "granted", _("已授权")
    REFUSED = "refused", _("已拒绝")
    ENDED = "ended", _("已终止")


#: One of these at a time for a unit and a product.
LIVE_STATES = (GrantState.WAITING, GrantState.GRANTED)
