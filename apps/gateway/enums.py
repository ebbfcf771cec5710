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
