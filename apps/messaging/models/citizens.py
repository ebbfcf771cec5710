"""Who an account outside belongs to, and how somebody wants to be told (HL-06, HL-16)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.messaging.enums import NoticeWay
from apps.messaging.models.conversations import Conversation
from apps.residents.models import PublicAccount


class Binding(models.Model):
    """An account outside tied to a phone by a code sent to it, with consent; history stays.

    code_digest: of the code, with the server's secret; empty once used. consent_at: when the
    citizen agreed to the words of ``consent``. ended_at: undone, or never finished.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="bindings")
    phone = models.CharField(_("电话"), max_length=20)
    code_digest = models.CharField(_("验证码摘要"), max_length=64, blank=True, default="")
    tries = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    asked_at = models.DateTimeField(_("申请时间"))
    consent = models.CharField(_("同意内容"), max_length=300, blank=True, default="")
    consent_at = models.DateTimeField(_("同意时间"), null=True)
    ended_at = models.DateTimeField(_("解除时间"), null=True)

    class Meta:
        verbose_name = _("账号绑定")
        verbose_name_plural = _("账号绑定")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                name="binding_open_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Device(models.Model):
    """A telephone with the city's app that is woken when a message waits (HL-07).

    way: a registered pusher. endpoint_sealed: its address or token (``gateway.sealing``), gone
    with its end; endpoint_digest: keyed, to find it again. wake_at: something waits since then,
    and while a worker tells it, when another may take over.
    """

    account = models.ForeignKey(PublicAccount, models.CASCADE, related_name="+")
    way = models.CharField(_("推送方式"), max_length=20)
    endpoint_sealed = models.TextField(_("推送地址（加密）"), blank=True, default="")
    endpoint_digest = models.CharField(_("推送地址摘要"), max_length=64)
    name = models.CharField(_("设备名称"), max_length=60, blank=True, default="")
    added_at = models.DateTimeField(_("登记时间"))
    wake_at = models.DateTimeField(_("待唤醒"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    woken_at = models.DateTimeField(_("最近唤醒"), null=True)
    error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")
    ended_at = models.DateTimeField(_("终止时间"), null=True)
    end_reason = models.CharField(_("终止原因"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("推送设备")
        verbose_name_plural = _("推送设备")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint_digest"],
                name="device_living_once",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["wake_at", "id"], name="device_due", condition=Q(wake_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Preference(models.Model):
    """By which channel the holder of a phone hears of the progress; without a row: by SMS."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    phone = models.CharField(_("电话"), max_length=20)
    way = models.CharField(_("通知渠道"), max_length=8, choices=NoticeWay)
    set_at = models.DateTimeField(_("设定时间"))

    class Meta:
        verbose_name = _("通知方式")
        verbose_name_plural = _("通知方式")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "phone"], name="preference_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
