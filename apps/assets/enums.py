from django.db import models
from django.utils.translation import gettext_lazy as _


class AssetState(models.TextChoices):
    """Whether the thing still does its duty."""

    IN_USE = "in_use", _("在用")
    FAULTY = "faulty", _("故障")
    STOPPED = "stopped", _("停用")
    REMOVED = "removed", _("已拆除")
