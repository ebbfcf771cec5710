"""What people are told inside the product, and what is sent out to phones and mailboxes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.notices.enums import Channel, DeliveryState


class Notice(models.Model):
    """One thing told to one person; the bell shows it. Told once per key.

    url: a path inside the product, or empty.
    """

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices")
    kind = models.CharField(_("类别"), max_length=40)
    title = models.CharField(_("标题"), max_length=120)
    body = models.CharField(_("内容"), max_length=500, blank=True, default="")
    url = models.CharField(_("链接"), max_length=300, blank=True, default="")
    key = models.CharField(_("去重键"), max_length=160)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notice_once"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_recipient"),
            models.Index(
                fields=["recipient"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One text message or e-mail that must go out once; sent by the worker.

    key: passed to the provider, so that a repeat after a lost answer can be dropped there.
    next_at: when it may be tried; while a worker is sending, when another may take over.
    """

    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)
    to = models.CharField(_("接收方"), max_length=200)
    subject = models.CharField(_("主题"), max_length=200, blank=True, default="")
    text = models.TextField(_("内容"))
    key = models.CharField(_("去重键"), max_length=160)
    state = models.CharField(
        _("状态"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    next_at = models.DateTimeField(_("下次发送"))
    created_at = models.DateTimeField(_("创建时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    provider_id = models.CharField(_("回执编号"), max_length=200, blank=True, default="")
    error = models.CharField(_("最近错误"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("外发消息")
        verbose_name_plural = _("外发消息")
        default_permissions = ()
        permissions = [("manage_deliveries", _("管理外发消息"))]
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                name="delivery_waiting",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class SimulatedMessage(models.Model):
    """What the simulator would have sent; shown on its page in a demo."""

    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)
    to = models.CharField(_("接收方"), max_length=200)
    subject = models.CharField(_("主题"), max_length=200, blank=True, default="")
    text = models.TextField(_("内容"))
    key = models.CharField(_("去重键"), max_length=160)
    created_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("模拟消息")
        verbose_name_plural = _("模拟消息")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="simulated_once"),
        ]

    def __str__(self) -> str:
        return self.text[:20]
