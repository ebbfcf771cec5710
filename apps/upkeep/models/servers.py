"""Which server of the database serves the city, and since when. Source: OP-23, PF-08."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.upkeep.enums import SwitchCause


class ServerTerm(models.Model):
    """From one take-over of the database by a server to the next.

    A standby that is promoted, and a restore, begin a new timeline of PostgreSQL; that is how a
    switch is noticed, whoever made it. system: identifier of the database's files, the same on
    its standbys. address: where it listens, "" for a socket of this machine. began_at: when it
    was noticed; seen_at: when it was last found serving. cause, note: written by a person
    afterwards, "" before; the first term needs none.
    """

    system = models.CharField(_("数据库标识"), max_length=20)
    timeline = models.PositiveIntegerField(_("时间线"))
    address = models.CharField(_("地址"), max_length=60, blank=True, default="")
    began_at = models.DateTimeField(_("发现时间"))
    seen_at = models.DateTimeField(_("最后确认时间"))
    cause = models.CharField(
        _("切换原因"), max_length=10, choices=SwitchCause, blank=True, default=""
    )
    note = models.TextField(_("说明"), blank=True, default="")
    written_by = models.ForeignKey(
        User, verbose_name=_("登记人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("登记时间"), null=True)

    class Meta:
        verbose_name = _("数据库服务器任期")
        verbose_name_plural = _("数据库服务器任期")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["system", "timeline"], name="server_term_once"),
            models.CheckConstraint(
                condition=Q(written_at=None) | (~Q(cause="") & Q(written_by__isnull=False)),
                name="server_term_written",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address or _('本机')} · {self.timeline}"
