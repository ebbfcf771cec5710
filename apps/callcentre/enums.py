"""Words of the call centre: what agents are doing, why they pause, how their work is judged."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PresenceState(models.TextChoices):
    """What an agent is doing."""

    FREE = "free", _("空闲")
    RINGING = "ringing", _("振铃")
    TALKING = "talking", _("通话")
    WRAP_UP = "wrap_up", _("话后整理")
    BREAK = "break", _("小休")
    OFF = "off", _("离席")


#: What an agent, or the shift leader, can say; the rest follows from calls.
DECLARED = (PresenceState.FREE, PresenceState.BREAK, PresenceState.OFF)


class MarkKind(models.TextChoices):
    """What was said of an agent at a moment."""

    FREE = "free", _("示闲")
    BREAK = "break", _("申请小休")
    OFF = "off", _("签退")
    WRAPPED = "wrapped", _("整理完毕")


class BreakReason(models.TextChoices):
    """Why an agent takes no calls for a while."""

    NONE = "", _("无")
    REST = "rest", _("休息")
    MEAL = "meal", _("用餐")
    MEETING = "meeting", _("会议")
    TRAINING = "training", _("培训")
    TASK = "task", _("其他工作")


class Language(models.TextChoices):
    """In which language a caller is served; the caller's choice, as the exchange gives it."""

    ANY = "", _("普通话")
    DIALECT = "dialect", _("方言")
    ENGLISH = "en", _("英语")
    MONGOLIAN = "mn", _("蒙古语")
    SIGN = "sign", _("手语视频")


class LegOutcome(models.TextChoices):
    """How an agent's part of a call ended."""

    OPEN = "", _("进行中")
    TALKED = "talked", _("已通话")
    UNANSWERED = "unanswered", _("未应答")


class SwapState(models.TextChoices):
    """Where a request to swap a duty stands."""

    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("同意换班")
    REJECTED = "rejected", _("不同意换班")
