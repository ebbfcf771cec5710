"""A case on its way between two hotlines (HL-01, HL-20, GW-08)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.matters.models import Case
from apps.messaging.enums import Direction, TransferState
from apps.messaging.models.conversations import Conversation


class Transfer(models.Model):
    """One case handed over to a line, or by it; the words about it are the conversation's.

    their_number: the number the other hotline gave it. reason: why it went out.
    """

    conversation = models.OneToOneField(Conversation, models.PROTECT, related_name="transfer")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    direction = models.CharField(_("方向"), max_length=3, choices=Direction)
    their_number = models.CharField(_("对方编号"), max_length=80, blank=True, default="")
    state = models.CharField(_("状态"), max_length=8, choices=TransferState)
    reason = models.CharField(_("转办理由"), max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("转办时间"))
    updated_at = models.DateTimeField(_("更新时间"))

    class Meta:
        verbose_name = _("外线转办")
        verbose_name_plural = _("外线转办")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="transfer_out_once",
                condition=Q(direction="out") & ~Q(state__in=["returned", "done"]),
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="transfer_newest")]

    def __str__(self) -> str:
        return str(self.pk)
