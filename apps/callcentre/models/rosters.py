"""Who is to sit when, and who asks to swap. Source: HL-09."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.callcentre.enums import SwapState
from apps.callcentre.models.agents import Agent, span_of


class DeskShift(models.Model):
    """Hours of a day at the desk. ends_at earlier than starts_at: the next morning."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=20)
    starts_at = models.TimeField(_("上班"))
    ends_at = models.TimeField(_("下班"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("座席班次")
        verbose_name_plural = _("座席班次")
        default_permissions = ()
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="callcentre_shift_once"),
            models.CheckConstraint(
                condition=~Q(starts_at=F("ends_at")), name="callcentre_shift_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}-{self.ends_at:%H:%M}"


class DutySlot(models.Model):
    """An agent is to sit from a moment to another, by the shift of a day. Never two at once."""

    agent = models.ForeignKey(Agent, models.PROTECT, related_name="slots")
    shift = models.ForeignKey(DeskShift, models.PROTECT, related_name="slots")
    day = models.DateField(_("日期"))
    begins_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))

    class Meta:
        verbose_name = _("排班")
        verbose_name_plural = _("排班")
        default_permissions = ()
        ordering = ["begins_at", "pk"]
        constraints = [
            ExclusionConstraint(
                name="callcentre_slot_one_at_a_time",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    (span_of(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["day"], name="callcentre_slot_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.day} {self.shift_id}"


class SwapRequest(models.Model):
    """An agent asks that a colleague sits instead; the shift leader rules."""

    slot = models.ForeignKey(DutySlot, models.CASCADE, related_name="swaps")
    to = models.ForeignKey(Agent, models.PROTECT, related_name="+", verbose_name=_("替班人"))
    reason = models.CharField(_("理由"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=SwapState, default=SwapState.PENDING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"))
    ruled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ruled_at = models.DateTimeField(_("审批时间"), null=True)

    class Meta:
        verbose_name = _("换班申请")
        verbose_name_plural = _("换班申请")
        default_permissions = ()
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state="pending"), name="callcentre_swap_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot_id} {self.state}"
