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


class SheetState(models.TextChoices):
    """Where a version of the score sheet stands."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class SampleWay(models.TextChoices):
    """How calls are drawn for inspection."""

    RANDOM = "random", _("随机抽取")
    AGENT = "agent", _("按话务员")
    LOW_SCORE = "low_score", _("低分评价")
    COMPLAINT = "complaint", _("投诉类诉求")
    KEYWORD = "keyword", _("诉求关键词")


class InspectionState(models.TextChoices):
    """Where the inspection of a call stands."""

    WAITING = "waiting", _("待质检")
    SCORED = "scored", _("已评分")
    APPEALED = "appealed", _("申诉中")
    CLOSED = "closed", _("复核完毕")


class ScoreKind(models.TextChoices):
    """As what a score was given."""

    FIRST = "first", _("初评")
    SECOND = "second", _("复核")
    CALIBRATION = "calibration", _("校准")


class ScriptState(models.TextChoices):
    """Where a version of a script stands."""

    SUBMITTED = "submitted", _("待审批")
    APPROVED = "approved", _("使用中")
    REJECTED = "rejected", _("退回修改")
    RETIRED = "retired", _("旧版本")
