"""The connection to the broker, who may log in there, what waits to be sent or was laid aside."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Connection(models.Model):
    """The one connection to the broker, as the process that holds it last said. One row.

    owner: which process holds it; another one takes over after ``lease_until``. handled: the
    last messages whose effect is committed, each packet number and 48 bits of digest, so that
    what the broker sends again has no second effect.
    """

    owner = models.UUIDField(_("持有进程"), null=True)
    lease_until = models.DateTimeField(_("持有至"), null=True)
    connected_since = models.DateTimeField(_("连接自"), null=True)
    seen_at = models.DateTimeField(_("最近报告"), null=True)
    connects = models.PositiveBigIntegerField(_("连接次数"), default=0)
    received = models.PositiveBigIntegerField(_("收到消息"), default=0)
    repeated = models.PositiveBigIntegerField(_("重复送达"), default=0)
    refused = models.PositiveBigIntegerField(_("拒收消息"), default=0)
    sent = models.PositiveBigIntegerField(_("发出消息"), default=0)
    last_message_at = models.DateTimeField(_("最近消息"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    last_error_at = models.DateTimeField(_("最近错误时间"), null=True)
    handled = ArrayField(models.BigIntegerField(), verbose_name=_("已处理"), default=list)

    class Meta:
        verbose_name = _("代理连接")
        verbose_name_plural = _("代理连接")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.connected_since or "")


class Login(models.Model):
    """What a device logs in to the broker with. Source: IO-20, docs/decisions/0059.

    key: of the credential it stands for. name: user name at the broker, ``services.login_name``
    of the node. slot: which of the two device listeners takes it, 1 or 2: a user name has one
    password there, and two credentials live side by side while they change. secret_hash: as
    Mosquitto's password files have it.
    """

    key = models.CharField(_("凭据前缀"), max_length=12, unique=True)
    name = models.CharField(_("用户名"), max_length=64)
    slot = models.PositiveSmallIntegerField(_("端口序号"))
    secret_hash = models.CharField(_("摘要"), max_length=160)
    is_suspended = models.BooleanField(_("停用"), default=False)
    ends_at = models.DateTimeField(_("有效至"), null=True)
    changed_at = models.DateTimeField(_("变更时间"), db_index=True)

    class Meta:
        verbose_name = _("代理登录")
        verbose_name_plural = _("代理登录")
        default_permissions = ()
        indexes = [
            models.Index(fields=["name"], name="mqtt_login_name"),
            models.Index(
                fields=["ends_at"], name="mqtt_login_end", condition=models.Q(ends_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(slot__in=(1, 2)), name="mqtt_login_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class Outgoing(models.Model):
    """A message to be sent: written in the transaction of its deed, gone once the broker has it."""

    topic = models.CharField(_("主题"), max_length=200)
    payload = models.BinaryField(_("内容"))
    qos = models.PositiveSmallIntegerField(_("服务质量"), default=1)
    created_at = models.DateTimeField(_("写入时间"))
    expires_at = models.DateTimeField(_("有效至"), null=True)

    class Meta:
        verbose_name = _("待发消息")
        verbose_name_plural = _("待发消息")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.topic


class Parked(models.Model):
    """A message whose handler failed on it alone: kept to be looked at, acknowledged."""

    topic = models.CharField(_("主题"), max_length=200)
    payload = models.BinaryField(_("内容"))
    error = models.CharField(_("错误"), max_length=300)
    parked_at = models.DateTimeField(_("搁置时间"))

    class Meta:
        verbose_name = _("搁置的消息")
        verbose_name_plural = _("搁置的消息")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.topic
