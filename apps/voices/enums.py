"""Words of one problem with many voices, of hot spots and of topics."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TopicState(models.TextChoices):
    """Where a topic stands. A dismissed one taught the thresholds something."""

    DETECTED = "detected", _("待研判")
    FOLLOWED = "followed", _("跟踪中")
    HANDLED = "handled", _("未诉先办中")
    CLOSED = "closed", _("已办结")
    ARCHIVED = "archived", _("已归档")
    DISMISSED = "dismissed", _("已排除")


#: New reports join these by themselves.
LIVE_TOPICS = (TopicState.DETECTED, TopicState.FOLLOWED, TopicState.HANDLED)


class TopicSource(models.TextChoices):
    """What raised a topic."""

    HOT_SPOT = "hot_spot", _("热点")
    PHRASE = "phrase", _("升温词")


class DismissReason(models.TextChoices):
    """Why a topic is none."""

    KNOWN = "known", _("已知活动或计划内施工")
    SEASON = "season", _("季节规律")
    FLOOD = "flood", _("少数人重复反映")
    CHANCE = "chance", _("偶然波动")
    OTHER = "other", _("其他")


class Window(models.IntegerChoices):
    """Over how many days reports are counted."""

    DAY = 1, _("当日")
    WEEK = 7, _("近 7 天")
