"""What things tell of themselves: events a platform keeps. Source: OP-05."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.monitoring.enums import CheckKind
from apps.monitoring.models.watched import Target


class TargetEvent(models.Model):
    """One event a platform of machines told of. uid: its own number, once per thing and kind.

    at: by its own clock. The newest 2,000 of a thing are kept, for 90 days.
    """

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="events", verbose_name=_("监控对象")
    )
    kind = models.CharField(_("方式"), max_length=8, choices=CheckKind)
    uid = models.CharField(_("事件编号"), max_length=80)
    at = models.DateTimeField(_("时间"))
    is_grave = models.BooleanField(_("严重"), default=False)
    text = models.CharField(_("内容"), max_length=300)

    class Meta:
        verbose_name = _("平台事件")
        verbose_name_plural = _("平台事件")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["target", "kind", "uid"], name="monitoring_event_once"),
        ]
        indexes = [models.Index(fields=["target", "-at"], name="monitoring_event_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"
