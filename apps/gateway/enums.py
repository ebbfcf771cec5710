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
