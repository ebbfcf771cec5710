"""Kinds of commands as data, and the commands that were given."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.commanding.enums import UNDER_WAY, CommandRight, CommandState
from apps.sensing.models import Device, DeviceProfile


class CommandKind(models.Model):
    """Something devices of a profile can be told to do.

    parameters: a definition of ``common.forms_data``. needs_approval: a second person agrees
    before it goes out. time_limit_s: unanswered for so long after it was released it has timed
    out; until then it waits for a device that is away. Source: IO-16, decision 0063.
    """

    profile = models.ForeignKey(
        DeviceProfile, models.PROTECT, related_name="command_kinds", verbose_name=_("设备型号")
    )
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=40)
    parameters = models.JSONField(_("参数"), default=dict)
    right = models.CharField(_("级别"), max_length=20, choices=CommandRight)
    needs_approval = models.BooleanField(_("须双人复核"), default=False)
    time_limit_s = models.PositiveIntegerField(_("时限（秒）"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("设备命令种类")
        verbose_name_plural = _("设备命令种类")
        default_permissions = ()
        permissions = [("keep_command_kinds", _("维护设备命令种类"))]
        ordering = ["profile__code", "code"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], name="command_kind_once"),
            models.CheckConstraint(condition=Q(time_limit_s__gte=10), name="command_kind_limit"),
        ]

    def __str__(self) -> str:
        return self.name


class Command(models.Model):
    """One command to one device. Its number is its key: the device answers under it.

    definition: the form as it was when it was filled in. key: the sender's own; the same one
    sent twice is one command. sent_at: first handed over; tries: how often. next_try_at: not
    handed to a transport before. ended_at: answered, cancelled or timed out. outcome: in words.
    """

    device = models.ForeignKey(
        Device, models.PROTECT, related_name="commands", verbose_name=_("感知设备")
    )
    kind = models.ForeignKey(
        CommandKind, models.PROTECT, related_name="commands", verbose_name=_("命令")
    )
    definition = models.JSONField(_("参数定义"), default=dict)
    parameters = models.JSONField(_("参数"), default=dict)
    reason = models.CharField(_("事由"), max_length=300)
    state = models.CharField(_("状态"), max_length=14, choices=CommandState)
    sender = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("下达人"))
    key = models.CharField(_("幂等键"), max_length=200, blank=True, default="")
    filed_at = models.DateTimeField(_("下达时间"))
    queued_at = models.DateTimeField(_("放行时间"), null=True)
    ends_at = models.DateTimeField(_("时限"), null=True)
    sent_at = models.DateTimeField(_("下发时间"), null=True)
    tries = models.PositiveIntegerField(_("下发次数"), default=0)
    next_try_at = models.DateTimeField(_("下次下发"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("设备命令")
        verbose_name_plural = _("设备命令")
        default_permissions = ()
        permissions = [
            ("send_commands", _("下达一般设备命令")),
            ("send_grave_commands", _("下达重要设备命令")),
            ("approve_commands", _("复核设备命令")),
        ]
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "key"], condition=~Q(key=""), name="command_key_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=UNDER_WAY) | Q(ends_at__isnull=False),
                name="command_under_way_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["device", "id"], condition=Q(state__in=UNDER_WAY), name="command_of_device"
            ),
            models.Index(
                fields=["ends_at"], condition=Q(state__in=UNDER_WAY), name="command_ending"
            ),
            models.Index(fields=["device", "-id"], name="command_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} → {self.device_id}"
