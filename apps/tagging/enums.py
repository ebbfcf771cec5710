"""Words of tags, readers and passages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TagStandard(models.TextChoices):
    """What a tag speaks."""

    GB = "gb29768", "GB/T 29768"
    ISO = "iso18000-63", "ISO/IEC 18000-63"
    OTHER = "other", _("其他标准")


class TagState(models.TextChoices):
    """How a tag is. A lost one keeps what it is bound to; a retired one is never used again."""

    FREE = "free", _("空闲")
    BOUND = "bound", _("已绑定")
    LOST = "lost", _("挂失")
    RETIRED = "retired", _("报废")


class ReaderKind(models.TextChoices):
    """How a reader knows where a tag is. The last two report places of the city's own things."""

    FIXED = "fixed", _("固定通道")
    HANDHELD = "handheld", _("手持读写器")
    WIFI = "wifi", _("WiFi 定位")
    BLE = "ble", _("蓝牙定位")


#: Hear strangers' telephones too: what is no tag of the register is dropped unread. Source: IO-15.
LOCATORS = (ReaderKind.WIFI, ReaderKind.BLE)


class Direction(models.TextChoices):
    """Which way a tag went; "" where the gate cannot tell."""

    IN = "in", _("进")
    OUT = "out", _("出")


class RuleKind(models.TextChoices):
    """What a rule on passages finds wrong."""

    EXIT = "exit", _("未经许可离开")
    LOST = "lost", _("挂失标签出现")
    UNSEEN = "unseen", _("多日未见")
    SILENT = "silent", _("读写器无消息")
