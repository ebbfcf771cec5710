"""A colleague who stands in for somebody on leave; loaded with ``apps.accounts.models``."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Delegation(models.Model):
    """``deputy`` may do what these roles let ``giver`` do, from a day to a day (代办).

    roles: of the giver's own posts; only where the giver holds them at that moment, and never
    a right named by ``registry.kept_rights``. Nothing is copied: when the giver loses the post
    the deputy loses it too, and what somebody holds as a deputy cannot be passed on.
    """

    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="given_delegations"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="held_delegations"
    )
    roles = models.ManyToManyField("accounts.Role", related_name="delegations")
    from_on = models.DateField(_("开始日期"))
    to_on = models.DateField(_("结束日期"))
    reason = models.CharField(_("事由"), max_length=200)
    made_at = models.DateTimeField(_("设立时间"))
    ended_at = models.DateTimeField(_("提前结束时间"), null=True)
    ended_by_name = models.CharField(_("结束人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("代办委托")
        verbose_name_plural = _("代办委托")
        default_permissions = ()
        ordering = ["-from_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="delegation_span"
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("deputy")), name="delegation_two_people"
            ),
        ]
        indexes = [models.Index(fields=["deputy", "to_on"], name="delegation_deputy")]

    def __str__(self) -> str:
        return f"{self.deputy_id} 代 {self.giver_id}"
