"""What private keys lie in: who has it, and where it went. Source: ES-04."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.seals.enums import MediumKind, MediumState
from apps.seals.models.seals import Seal


class KeyMedium(models.Model):
    """A key disk or module, issued to a unit, bound to a seal, lent to a person."""

    serial = models.CharField(_("介质编号"), max_length=40, unique=True)
    kind = models.CharField(_("类别"), max_length=8, choices=MediumKind)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("保管单位")
    )
    state = models.CharField(
        _("状态"), max_length=7, choices=MediumState, default=MediumState.ISSUED
    )
    seal = models.ForeignKey(
        Seal, models.PROTECT, null=True, related_name="media", verbose_name=_("绑定印章")
    )
    holder = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("借用人")
    )
    due_on = models.DateField(_("应还日期"), null=True)
    issued_at = models.DateTimeField(_("发放时间"))

    class Meta:
        verbose_name = _("密钥介质")
        verbose_name_plural = _("密钥介质")
        default_permissions = ()
        ordering = ["serial"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="lent", holder__isnull=False)
                | (~Q(state="lent") & Q(holder__isnull=True)),
                name="seals_medium_lent",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class MediumEvent(models.Model):
    """What happened to a key medium; append-only."""

    medium = models.ForeignKey(KeyMedium, models.PROTECT, related_name="events")
    at = models.DateTimeField(_("时间"))
    deed = models.CharField(_("事项"), max_length=20)
    state = models.CharField(_("此后状态"), max_length=7, choices=MediumState)
    actor_name = models.CharField(_("办理人"), max_length=100)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("介质履历")
        verbose_name_plural = _("介质履历")
        default_permissions = ()
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.medium_id} {self.deed}"
