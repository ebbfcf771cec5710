"""Words of the exchange with other systems."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConnectorState(models.TextChoices):
    """Whether deliveries go out. A paused connector keeps collecting them."""

    ACTIVE = "active", _("启用")
    PAUSED = "paused", _("暂停")


class DeliveryState(models.TextChoices):
    """Where a delivery stands: ``failed`` is tried again by itself, ``dead`` is not."""

    PENDING = "pending", _("待发送")
    SENT = "sent", _("已送达")
    FAILED = "failed", _("待重试")
    DEAD = "dead", _("已放弃")


#: The worker still has to do with these.
OPEN_DELIVERIES = (DeliveryState.PENDING, DeliveryState.FAILED)


class SignatureAlgorithm(models.TextChoices):
    """How requests may be signed; the names are those of RFC 9421."""

    ED25519 = "ed25519", _("Ed25519（对方持私钥）")
    HMAC_SHA256 = "hmac-sha256", _("HMAC-SHA256（共享密钥）")


class PersonalField(models.TextChoices):
    """Personal data a client must be granted to see as it is; all else is masked."""

    NAME = "name", _("姓名")
    PHONE = "phone", _("电话号码")
    ID_NUMBER = "id_number", _("证件号码")
    ADDRESS = "address", _("住址与事发地点")


class ServiceKind(models.TextChoices):
    """Whose a service of the catalogue is."""

    OWN = "own", _("本系统接口")
    CONNECTOR = "connector", _("对接系统")
    OUTSIDE = "outside", _("外部服务")


class ServiceHealth(models.TextChoices):
    """How a service did at the last look."""

    UP = "up", _("正常")
    DOWN = "down", _("异常")
    UNKNOWN = "unknown", _("未检查")


class MappingDirection(models.TextChoices):
    """Which way a field mapping leads."""

    OUT = "out", _("发出")
    IN = "in", _("收到")


class DateFormat(models.TextChoices):
    """How another system writes a moment; without a zone it is the city's time."""

    ISO = "iso", "2026-11-21T10:05:00+08:00"
    STAMP = "stamp", "2026-11-21 10:05:00"
    DAY = "day", "2026-11-21"
    COMPACT = "compact", "20261121100500"
    SECONDS = "seconds", _("秒数（自 1970 年）")
    MILLISECONDS = "ms", _("毫秒数（自 1970 年）")


class ReconciliationState(models.TextChoices):
    """How the look at one day ended."""

    EVEN = "even", _("相符")
    DIFFERENT = "differs", _("有差异")
    FAILED = "failed", _("未能对账")
