from django.db import models
from django.utils.translation import gettext_lazy as _


class AssetState(models.TextChoices):
    """Whether the thing still does its duty."""

    IN_USE = "in_use", _("在用")
    FAULTY = "faulty", _("故障")
    STOPPED = "stopped", _("停用")
    REMOVED = "removed", _("已拆除")


class Finding(models.TextChoices):
    """What somebody on the spot found. Source: GR-11, CJ/T 214."""

    FINE = "fine", _("完好")
    DAMAGED = "damaged", _("损坏")
    MISSING = "missing", _("缺失")
    MOVED = "moved", _("移位")
    NEW = "new", _("新增")


class Hold(models.TextChoices):
    """Why a survey changes nothing until a keeper has ruled on it."""

    CHANGE = "change", _("缺失、移位和新增须经管理员确认")
    REMOVED = "removed", _("台账中已拆除")
    FAR = "far", _("普查位置离部件过远")


class Outcome(models.TextChoices):
    """How a sampled survey compares with what somebody else found there later."""

    WAITING = "waiting", _("待复查")
    AGREES = "agrees", _("一致")
    DIFFERS = "differs", _("不一致")
