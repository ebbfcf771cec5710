"""Somebody changes posts on a day (AC-13)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import AppointmentKind, Post
from apps.personnel.enums import TransferState


class Transfer(models.Model):
    """A move from one post to another, or a second post for a time.

    The appointments are written when it is filed, with their days; nothing has to run on the
    day for the old rights to end. old_post: null where nothing ends. overlap_days: how many
    days both posts count, for handing over; 0 by default. old_to_on: the last day the old
    appointment had before, for taking the move back. returns: the old post again afterwards
    (借调). settled_at: what the old post left in hand has found its place.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="transfers", verbose_name=_("人员")
    )
    kind = models.CharField(_("方式"), max_length=9, choices=AppointmentKind)
    old_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    new_post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("调入岗位"))
    on = models.DateField(_("生效日期"))
    overlap_days = models.PositiveSmallIntegerField(_("交接天数"), default=0)
    ends_on = models.DateField(_("结束日期"), null=True)
    old_appointment_id = models.BigIntegerField(null=True)
    new_appointment_id = models.BigIntegerField(null=True)
    return_appointment_id = models.BigIntegerField(null=True)
    old_to_on = models.DateField(null=True)
    reason = models.CharField(_("事由"), max_length=300)
    state = models.CharField(
        _("状态"), max_length=9, choices=TransferState, default=TransferState.PLANNED
    )
    filed_by_name = models.CharField(_("登记人"), max_length=100)
    filed_at = models.DateTimeField(_("登记时间"))
    settled_at = models.DateTimeField(_("移交完成时间"), null=True)

    class Meta:
        verbose_name = _("调动")
        verbose_name_plural = _("调动")
        default_permissions = ()
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("on")),
                name="transfer_span",
            ),
            models.CheckConstraint(
                condition=models.Q(overlap_days__lte=14), name="transfer_overlap"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.new_post}"
