"""Words of analysis jobs and what they find."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    """What people say of a finding. A hint is nothing until somebody confirms it."""

    NEW = "new", _("待确认")
    CONFIRMED = "confirmed", _("属实")
    FALSE = "false", _("误报")


class ChangeState(models.TextChoices):
    """How far a change of thresholds is."""

    WAITING = "waiting", _("待审核")
    APPLIED = "applied", _("已生效")
    REFUSED = "refused", _("未采纳")


class Retention(models.TextChoices):
    """For how long pictures of findings are kept, by what they show. Source: VD-09."""

    COUNTS = "counts", _("计数类（7 天）")
    ORDER = "order", _("秩序类（30 天）")
    SAFETY = "safety", _("安全类（90 天）")


KEEP_DAYS = {Retention.COUNTS: 7, Retention.ORDER: 30, Retention.SAFETY: 90}
