"""The accounts citizens and other hotlines write to, and ready answers (HL-01, HL-02)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.hotline.enums import Nature
from apps.hotline.models import Line
from apps.matters.enums import Channel
from apps.messaging.enums import LINES, WRITTEN, IntakeRule


class ChannelAccount(models.Model):
    """One official account, number, mailbox or outside line.

    unit: whose desk answers it; nobody else sees its conversations. sender: the registered way
    out. line: the number of the same line on the telephone, for its report and its calls.
    options: plain settings of the channel; secrets: sealed JSON (``gateway.sealing``).
    class_code, nature: what its demands begin with. greeting: said to whoever writes first.
    is_receive_only: what comes is taken, what would go out waits until the switch is taken back.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=60)
    channel = models.CharField(
        _("渠道"), max_length=10, choices=[(one.value, one.label) for one in WRITTEN]
    )
    sender = models.CharField(_("发送方式"), max_length=20)
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="+")
    options = models.JSONField(_("参数"), default=dict, blank=True)
    secrets = models.TextField(_("密钥"), blank=True, default="")
    intake_rule = models.CharField(
        _("自动登记"), max_length=10, choices=IntakeRule, default=IntakeRule.BY_HAND
    )
    class_code = models.CharField(_("默认分类"), max_length=40, blank=True, default="")
    nature = models.CharField(_("默认性质"), max_length=10, choices=Nature, default=Nature.HELP)
    greeting = models.CharField(_("问候语"), max_length=500, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=True)
    is_receive_only = models.BooleanField(_("只收不发"), default=False)

    class Meta:
        verbose_name = _("渠道账号")
        verbose_name_plural = _("渠道账号")
        default_permissions = ()
        permissions = [("keep_channels", _("维护渠道账号"))]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_line(self) -> bool:
        """Whether another hotline sits at the other end."""
        return Channel(self.channel) in LINES


class ReplyTemplate(models.Model):
    """Words agents use often. channel "": for every channel."""

    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    title = models.CharField(_("标题"), max_length=40)
    text = models.CharField(_("内容"), max_length=1000)
    channel = models.CharField(
        _("渠道"),
        max_length=10,
        blank=True,
        default="",
        choices=[(one.value, one.label) for one in WRITTEN],
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("答复模板")
        verbose_name_plural = _("答复模板")
        default_permissions = ()
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title
