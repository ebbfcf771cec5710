"""What citizens wrote and what they were answered: one shape for every channel (HL-02, HL-06)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.common.models import StoredFile
from apps.matters.models import Case
from apps.messaging.enums import (
    ConversationState,
    Direction,
    MediaState,
    MessageKind,
    MessageState,
)
from apps.messaging.models.channels import ChannelAccount

TEXT_MAX = 20_000


class Conversation(models.Model):
    """Everything between one account and one outsider.

    outsider: as the channel names them; personal, masked wherever it is shown. phone: bound with
    consent (``Binding``), or the number itself by SMS; empty while unknown. waiting_since: the
    first message no agent has answered. refused_count: messages dropped by the limit of rate.
    muted_until: what is written until then is kept and waits for nobody. has_stopped: asked to
    be sent nothing any more.
    """

    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="conversations")
    outsider = models.CharField(_("对方"), max_length=320)
    name = models.CharField(_("对方称呼"), max_length=60, blank=True, default="")
    phone = models.CharField(_("绑定电话"), max_length=20, blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=8, choices=ConversationState, default=ConversationState.CLOSED
    )
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    waiting_since = models.DateTimeField(_("等待起"), null=True)
    last_at = models.DateTimeField(_("最近消息"))
    last_text = models.CharField(_("最近内容"), max_length=120, blank=True, default="")
    refused_count = models.PositiveIntegerField(_("超限丢弃"), default=0)
    refused_at = models.DateTimeField(_("最近超限"), null=True)
    muted_until = models.DateTimeField(_("静默至"), null=True)
    mute_reason = models.CharField(_("静默理由"), max_length=200, blank=True, default="")
    has_stopped = models.BooleanField(_("已退订"), default=False)

    class Meta:
        verbose_name = _("会话")
        verbose_name_plural = _("会话")
        default_permissions = ()
        permissions = [
            ("answer_messages", _("答复市民消息")),
            ("oversee_messages", _("查看全部会话和渠道报表")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "outsider"], name="conversation_once"),
        ]
        indexes = [
            models.Index(
                fields=["waiting_since", "id"],
                name="conversation_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["-last_at", "-id"], name="conversation_newest"),
            models.Index(fields=["phone"], name="conversation_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Message(models.Model):
    """One message. key: of ours, sent once; provider_id: of theirs, taken once.

    case: what it is about, where known. refused: names and reasons of files not kept.
    next_at: when it may be sent; while a worker sends, when another may take over.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="+")
    direction = models.CharField(_("方向"), max_length=3, choices=Direction)
    kind = models.CharField(_("类别"), max_length=10, choices=MessageKind)
    state = models.CharField(_("状态"), max_length=8, choices=MessageState)
    subject = models.CharField(_("主题"), max_length=200, blank=True, default="")
    text = models.TextField(_("内容"), max_length=TEXT_MAX, blank=True, default="")
    provider_id = models.CharField(_("渠道消息编号"), max_length=300, null=True)
    key = models.CharField(_("去重键"), max_length=160, null=True)
    answers = models.CharField(_("答复的消息"), max_length=300, blank=True, default="")
    data = models.JSONField(_("附带数据"), default=dict)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    refused = models.JSONField(_("未收附件"), default=list)
    at = models.DateTimeField(_("时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    next_at = models.DateTimeField(_("下次发送"), null=True)
    error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account", "direction", "provider_id"],
                name="message_taken_once",
                condition=Q(provider_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["conversation", "key"],
                name="message_sent_once",
                condition=Q(key__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-id"], name="message_newest"),
            models.Index(
                fields=["next_at", "id"], name="message_due", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["case", "id"], name="message_case", condition=Q(case__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MessageFile(models.Model):
    """A file of a message, kept once per content."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=160)

    class Meta:
        verbose_name = _("消息附件")
        verbose_name_plural = _("消息附件")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class MessageMedia(models.Model):
    """A picture or a voice of a message that the platform holds until it is fetched (HL-06).

    media_id: its number there. next_at: when it may be fetched; while a worker fetches, when
    another may take over. reason: of ``enums.Refused`` where it was not kept.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="media")
    media_id = models.CharField(_("平台素材编号"), max_length=300)
    name = models.CharField(_("名称"), max_length=160)
    state = models.CharField(
        _("状态"), max_length=8, choices=MediaState, default=MediaState.WAITING
    )
    reason = models.CharField(_("未收原因"), max_length=10, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    next_at = models.DateTimeField(_("下次取回"))
    error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("平台素材")
        verbose_name_plural = _("平台素材")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "media_id"], name="message_media_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="message_media_due", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Wait(models.Model):
    """From a message to the first answer of an agent: the three minutes of GB/T 33358.

    answered_at, agent: null where the conversation ended without an answer.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="waits")
    since = models.DateTimeField(_("等待起"))
    ended_at = models.DateTimeField(_("等待止"), null=True)
    answered_at = models.DateTimeField(_("首次答复"), null=True)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("等待")
        verbose_name_plural = _("等待")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], name="wait_open_once", condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["-since"], name="wait_newest")]

    def __str__(self) -> str:
        return str(self.pk)


class Turn(models.Model):
    """A conversation, or a part of it, that became a demand.

    source_key: under which the demand is registered, once (``matters.Case.source_key``); a desk
    form may still be open, then there is no such case yet.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    source_key = models.CharField(_("来源编号"), max_length=160, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("转为诉求")
        verbose_name_plural = _("转为诉求")
        default_permissions = ()

    def __str__(self) -> str:
        return self.source_key
