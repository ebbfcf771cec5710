from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")


class DeliveryState(TextChoices):
    """waiting: to be sent or tried again; failed: refused for good; dead: tried too often."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("被拒收")
    DEAD = "dead", _("已放弃")
