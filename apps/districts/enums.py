from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

DIALECT = "districts"


class Kind(TextChoices):
    """The classes of data a district passes on, each switched on by itself. Source: IO-11."""

    DEVICES = "devices", _("设备")
    READINGS = "readings", _("小时读数")
    ALARMS = "alarms", _("告警")
    CASES = "cases", _("案件")


class Verdict(TextChoices):
    """What the city says of one row."""

    ACCEPTED = "accepted", _("已接收")
    UNCHANGED = "unchanged", _("无变化")
    REFUSED = "refused", _("已拒收")


class BackKind(TextChoices):
    """What the city works out of what districts passed on, day by day."""

    ALARMS = "alarms", _("告警对比")
    DEVICES = "devices", _("设备在线对比")
    CASES = "cases", _("案件对比")
