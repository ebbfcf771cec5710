"""Who calls on which line, and the call itself (HL-01, HL-04)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.hotline.enums import CallDirection, CallState


class Line(models.Model):
    """A merged line with its own number and reports, for example 12345 or 12319.

    unit: the organisation whose desk answers it; null: the tenant's reception centre.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=60)
    number = models.CharField(_("号码"), max_length=20, unique=True)
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("热线号码")
        verbose_name_plural = _("热线号码")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Caller(models.Model):
    """A citizen as the hotline knows them: one row per tenant and phone number.

    phone: as ``hotline.phones.normalise`` gives it. Name and phone are masked
    wherever they are shown unless revealed with a purpose (audited).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    phone = models.CharField(_("电话"), max_length=20)
    name = models.CharField(_("姓名"), max_length=60, blank=True, default="")
    gender = models.CharField(
        _("称谓"),
        max_length=1,
        blank=True,
        default="",
        choices=[("m", _("先生")), ("f", _("女士"))],
    )
    address = models.CharField(_("常用地址"), max_length=200, blank=True, default="")
    remark = models.CharField(_("服务备注"), max_length=300, blank=True, default="")
    demand_count = models.PositiveIntegerField(_("诉求次数"), default=0)
    last_at = models.DateTimeField(_("最近来电"), null=True)

    class Meta:
        verbose_name = _("来电人")
        verbose_name_plural = _("来电人")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "phone"], name="caller_phone_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Call(models.Model):
    """One telephone call as the exchange reported it.

    exchange_id: the exchange's own number of the call; its events may arrive twice.
    phone: empty when the caller withheld it. state: follows from the three moments alone, so
    that events may come in any order (``state_of``).
    recording: the exchange's key of the recording; played through our view, never linked bare.
    """

    exchange_id = models.CharField(_("通话标识"), max_length=80, unique=True)
    direction = models.CharField(_("方向"), max_length=3, choices=CallDirection)
    state = models.CharField(_("状态"), max_length=8, choices=CallState)
    line = models.ForeignKey(Line, models.PROTECT, related_name="calls")
    phone = models.CharField(_("对方号码"), max_length=20, blank=True, default="")
    caller = models.ForeignKey(Caller, models.PROTECT, null=True, related_name="calls")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rang_at = models.DateTimeField(_("振铃时间"))
    answered_at = models.DateTimeField(_("接听时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    recording = models.CharField(_("录音标识"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("通话")
        verbose_name_plural = _("通话")
        default_permissions = ()
        permissions = [
            ("take_calls", _("接听来电")),
            ("play_recordings", _("调听录音")),
        ]
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["agent", "-id"], name="call_agent"),
            models.Index(fields=["phone", "-id"], name="call_phone"),
            models.Index(fields=["state", "-rang_at"], name="call_state"),
        ]

    def __str__(self) -> str:
        return self.exchange_id

    @property
    def is_live(self) -> bool:
        """Whether somebody is still on the telephone."""
        return self.state in {CallState.RINGING, CallState.ANSWERED}

    @property
    def state_of(self) -> CallState:
        """The state the moments tell."""
        if self.ended_at is not None:
            return CallState.ENDED if self.answered_at is not None else CallState.MISSED
        return CallState.ANSWERED if self.answered_at is not None else CallState.RINGING

    @property
    def talk_seconds(self) -> int:
        """How long the two talked, in whole seconds; 0 while unknown."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(0, int((self.ended_at - self.answered_at).total_seconds()))
