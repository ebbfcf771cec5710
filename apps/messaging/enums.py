"""Words of the channels by which citizens write to the city."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import Channel

#: The channels an account can be of; the others have entries of their own.
WRITTEN = (
    Channel.WECHAT,
    Channel.APP,
    Channel.SMS,
    Channel.EMAIL,
    Channel.LINE,
    Channel.COMMUNITY,
)
#: GB/T 33358-2016: what is written is answered within three minutes.
FIRST_ANSWER_SECONDS = 180
#: Those at whose other end another hotline sits, not a citizen.
LINES = (Channel.LINE, Channel.COMMUNITY)


class IntakeRule(models.TextChoices):
    """When a message becomes a demand without an agent."""

    BY_HAND = "by_hand", _("由坐席判断")
    KEYWORD = "keyword", _("以“反映”“投诉”等字开头的消息")
    EVERY = "every", _("每条新来信")


class ConversationState(models.TextChoices):
    """Where a conversation stands."""

    WAITING = "waiting", _("待接待")
    SERVING = "serving", _("接待中")
    CLOSED = "closed", _("已结束")


class Direction(models.TextChoices):
    """Who wrote to whom."""

    IN = "in", _("来信")
    OUT = "out", _("去信")


class MessageKind(models.TextChoices):
    """What a message is. AUTOMATIC: of a program outside, answered by nobody."""

    CITIZEN = "citizen", _("市民来信")
    AUTOMATIC = "automatic", _("自动来信")
    ANSWER = "answer", _("人工答复")
    REPLY = "reply", _("自动回复")
    PROGRESS = "progress", _("进度通知")
    TICKET = "ticket", _("转办工单")
    STATUS = "status", _("办理情况")


class MessageState(models.TextChoices):
    """waiting: to be sent or tried again; failed: refused for good; dead: tried too often."""

    RECEIVED = "received", _("已收到")
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("被拒收")
    DEAD = "dead", _("已放弃")


class Refused(models.TextChoices):
    """Why a file of a message was not kept."""

    TOO_MANY = "too_many", _("附件过多")
    TOO_LARGE = "too_large", _("附件过大")
    KIND = "kind", _("不支持的文件类型")
    LOCKED = "locked", _("加密的压缩包无法检查")
    DAMAGED = "damaged", _("文件损坏")
    GONE = "gone", _("平台已不再提供")


class MediaState(models.TextChoices):
    """Where a picture or a voice that the platform holds stands."""

    WAITING = "waiting", _("待取回")
    KEPT = "kept", _("已取回")
    REFUSED = "refused", _("未收取")


class TransferState(models.TextChoices):
    """Where a case handed over to, or by, another hotline stands."""

    SENT = "sent", _("已转出，待接收")
    ACCEPTED = "accepted", _("已接收")
    RETURNED = "returned", _("已退回")
    DONE = "done", _("已办结")


class NoticeWay(models.TextChoices):
    """By which channel a citizen wants to hear of the progress."""

    SMS = "sms", _("短信")
    WECHAT = "wechat", _("微信")
    APP = "app", _("公众 App")
    NONE = "none", _("不通知")
