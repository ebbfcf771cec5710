"""Cases that must stay whole for a while, and who said so."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.matters.models import Case


class Hold(models.Model):
    """A case kept beyond its time, for a suit or an inquiry, until somebody lifts it."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    reason = models.CharField(_("保全理由"), max_length=300)
    placed_at = models.DateTimeField(_("保全时间"))
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保全人"))
    lifted_at = models.DateTimeField(_("解除时间"), null=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("解除人")
    )
    lift_reason = models.CharField(_("解除理由"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("案件保全")
        verbose_name_plural = _("案件保全")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="hold_open_once", condition=Q(lifted_at=None)
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="hold_newest")]

    def __str__(self) -> str:
        return str(self.case_id)
