"""Who waits for which change of which matter, and what became of it (RU-03, MT-07, MT-11)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.common.models import TimeStamped
from apps.matters.enums import DeliveryState, EffectKind, ListenerState
from apps.matters.models.case import Case, CaseEvent


class Listener(TimeStamped):
    """A pattern of events, a condition, an effect; neither matter knows of the other.

    pattern: see ``matters.listening.Pattern``. condition: a tree as
    ``rules.registry.Condition`` reads it over the vocabulary ``matters.listen``; {} always
    holds. effect_data: see ``services.effects``, by kind. tenant: null for the whole city.
    author: who wrote what is there now; somebody else must approve it.
    """

    name = models.CharField(_("名称"), max_length=60)
    purpose = models.CharField(_("用途"), max_length=300, blank=True, default="")
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("租户")
    )
    pattern = models.JSONField(_("监听"), default=dict)
    condition = models.JSONField(_("条件"), default=dict)
    effect = models.CharField(_("动作"), max_length=8, choices=EffectKind)
    effect_data = models.JSONField(_("动作内容"), default=dict)
    state = models.CharField(
        _("状态"), max_length=8, choices=ListenerState, default=ListenerState.DRAFT
    )
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编写人"))
    approver = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人")
    )
    approved_at = models.DateTimeField(_("复核时间"), null=True)

    class Meta:
        verbose_name = _("监听")
        verbose_name_plural = _("监听")
        ordering = ["name", "id"]
        default_permissions = ()
        permissions = [
            ("edit_listeners", _("编写监听")),
            ("approve_listeners", _("复核监听")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approver__isnull=True) | ~models.Q(approver=models.F("author")),
                name="listener_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active") | models.Q(approver__isnull=False),
                name="listener_active_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListenerDelivery(models.Model):
    """One event for one listener: done once, whatever happens to the worker.

    root: the event a person or the outside caused; via: the delivery whose effect made this
    event, if one did; depth: how many deliveries lie between, 1 for the first.
    reason: why the condition held, at the time of the event.
    """

    listener = models.ForeignKey(Listener, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    root = models.ForeignKey(CaseEvent, models.PROTECT, related_name="+")
    via = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    depth = models.PositiveSmallIntegerField(_("层级"))
    state = models.CharField(
        _("状态"), max_length=8, choices=DeliveryState, default=DeliveryState.WAITING
    )
    reason = models.TextField(_("依据"), blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    error = models.CharField(_("错误"), max_length=500, blank=True, default="")
    result = models.CharField(_("结果"), max_length=300, blank=True, default="")
    result_case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("时间"))
    done_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("投递")
        verbose_name_plural = _("投递")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["listener", "event"], name="listener_delivery_once"),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="listener_delivery_state"),
            models.Index(fields=["case", "-id"], name="listener_delivery_case"),
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.event_id}"

    @property
    def is_replayable(self) -> bool:
        """Whether it failed or was stopped, so that it may be tried again."""
        return self.state in (DeliveryState.FAILED, DeliveryState.STOPPED)
