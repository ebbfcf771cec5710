"""Fixed words of grid management."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """What a report is about: a thing that stands there, or something that happens."""

    COMPONENT = "component", _("部件")
    EVENT = "event", _("事件")


class Doubt(models.TextChoices):
    """Why the place or time of a report is not believed without a look."""

    NONE = "", _("无")
    NO_PLACE = "no_place", _("未取得位置")
    COARSE = "coarse", _("定位精度不足")
    CLOCK = "clock", _("手机时间不准")
    REUSED = "reused", _("照片曾用于其他案件")


class Season(models.TextChoices):
    """When of the year a limit counts."""

    ANY = "any", _("全年")
    FLOOD = "flood", _("汛期(6月至9月)")
    HEATING = "heating", _("采暖季(11月至次年3月)")


class LookPurpose(models.TextChoices):
    """What a worker is sent to look at."""

    VERIFY = "verify", _("核实")
    CHECK = "check", _("核查")


class LookState(models.TextChoices):
    """Where a look stands."""

    OFFERED = "offered", _("待接单")
    TAKEN = "taken", _("已接单")
    ANSWERED = "answered", _("已答复")
    LAPSED = "lapsed", _("超时未接")
    WITHDRAWN = "withdrawn", _("已撤销")


class Phase(models.TextChoices):
    """Whether a picture shows the trouble or what became of it."""

    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")


class Judgement(models.TextChoices):
    """What one measure, or all of them together, says of a pair of pictures."""

    MATCH = "match", _("相符")
    DOUBT = "doubt", _("存疑")
    MISMATCH = "mismatch", _("不符")
