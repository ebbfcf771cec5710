"""Words of what is looked at in readings."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FenceRule(models.TextChoices):
    """What a device must not do. Within the fence's hours, but for the last."""

    ENTER = "enter", _("不得进入")
    LEAVE = "leave", _("不得离开")
    HOURS = "hours", _("只能在规定时间内停留")
