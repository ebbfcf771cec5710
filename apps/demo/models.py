from django.db import models
from django.utils.translation import gettext_lazy as _


class DemoLoad(models.Model):
    """How far the demo city has been laid into this database; at most one row.

    stage: the last stage that was committed whole; empty: none yet. until: the moment the
    simulated history ends, fixed at the first run so that a run cut off goes on to the same
    story. api_key: of the demo client, shown by ``demo_accounts``.
    """

    is_only = models.BooleanField(default=True, unique=True, editable=False)
    seed = models.IntegerField(_("种子"))
    size = models.CharField(_("规模"), max_length=10)
    profile = models.CharField(_("口径"), max_length=20)
    days = models.PositiveIntegerField(_("历史天数"))
    cases = models.PositiveIntegerField(_("历史案件数"))
    until = models.DateTimeField(_("截止时间"))
    stage = models.CharField(_("已完成阶段"), max_length=20, blank=True, default="")
    api_key = models.CharField(_("演示接口密钥"), max_length=120, blank=True, default="")
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("演示城市")
        verbose_name_plural = _("演示城市")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(is_only=True), name="demo_load_once"),
        ]

    def __str__(self) -> str:
        return f"{self.profile} {self.size} {self.seed}"


#: Code of the connector whose messages the demo takes itself.
RECEIVER = "demo-receiver"


class Receipt(models.Model):
    """A message the simulated outside system took, once per message id."""

    message_id = models.CharField(_("投递编号"), max_length=80, unique=True)
    topic = models.CharField(_("主题"), max_length=60)
    body = models.TextField(_("内容"))
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("模拟系统收件")
        verbose_name_plural = _("模拟系统收件")
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id}"


class RemoteAccount(models.Model):
    """An account in the simulated system of documents, as the city's directory told it."""

    user_name = models.CharField(_("登录名"), max_length=150, unique=True)
    body = models.JSONField(_("内容"))
    is_active = models.BooleanField(_("已启用"))
    told_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("模拟系统账号")
        verbose_name_plural = _("模拟系统账号")
        default_permissions = ()
        ordering = ["user_name"]

    def __str__(self) -> str:
        return self.user_name
