"""When a thing did not do its duty: intervals, in the server's time only."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.monitoring.enums import OutageCause, OutageKind


class Outage(models.Model):
    """One interval in which a thing was out, or in which nobody could say (状态不明).

    An outage found by checks begins at the first unanswered question after the last answer, and
    ends with the first answer after it: every moment is that of this server's clock when it
    asked, never one the equipment told, however wrong its clock is. Three questions in a row must
    fail before it is entered; the begin is that of the first. heard_at: the last answer before it
    (null: never heard); silent_at: the last question without answer; so the true begin lies
    between heard_at and began_at, the true end between silent_at and ended_at. is_planned:
    announced work (a maintenance silence) covered the thing when it began. cause: a person's
    word, or what the parent it hangs on says. source: the app that found it. An open one has no
    end; per thing and kind at most one is open. kind "unknown": nobody asked; neither up nor
    down.
    Source: OP-13, OP-16.
    """

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="outages", verbose_name=_("部件"))
    kind = models.CharField(_("类别"), max_length=12, choices=OutageKind)
    began_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    cause = models.CharField(
        _("原因"), max_length=12, choices=OutageCause, default=OutageCause.UNKNOWN
    )
    is_planned = models.BooleanField(_("计划内"), default=False)
    heard_at = models.DateTimeField(_("中断前最后应答"), null=True)
    silent_at = models.DateTimeField(_("最后一次无应答"), null=True)
    source = models.SlugField(_("发现途径"), max_length=20)
    text = models.CharField(_("说明"), max_length=300, blank=True, default="")
    judged_by_name = models.CharField(_("原因认定人"), max_length=100, blank=True, default="")
    judged_at = models.DateTimeField(_("原因认定时间"), null=True)

    class Meta:
        verbose_name = _("中断记录")
        verbose_name_plural = _("中断记录")
        default_permissions = ()
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "kind"],
                condition=Q(ended_at__isnull=True),
                name="monitoring_outage_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="monitoring_outage_span",
            ),
        ]
        indexes = [
            models.Index(fields=["asset", "-began_at"], name="monitoring_outage_asset"),
            models.Index(fields=["-began_at"], name="monitoring_outage_began"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.get_kind_display()} {self.began_at:%Y-%m-%d %H:%M}"
