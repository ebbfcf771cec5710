"""What may leave, and what on passages raises alarms. Source: IO-14."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.alarms.enums import Level
from apps.assets.models import Asset, AssetClass
from apps.tagging.enums import RuleKind
from apps.tagging.models.register import Reader


class ExitPass(models.Model):
    """Leave for one thing to go out by a gate, or by any, over a span (出门许可)."""

    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="exit_passes", verbose_name=_("部件")
    )
    reader = models.ForeignKey(
        Reader, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("出口")
    )
    since = models.DateTimeField(_("自"))
    until = models.DateTimeField(_("至"))
    reason = models.CharField(_("事由"), max_length=200)
    given_by_name = models.CharField(_("批准人"), max_length=100)
    given_at = models.DateTimeField(_("批准时间"))
    ended_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("出门许可")
        verbose_name_plural = _("出门许可")
        default_permissions = ()
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="tagging_pass_span"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.since}"


class PassageRule(models.Model):
    """A rule on passages that raises alarms.

    unit: whose things (readers, for silence) it watches, with those of the units below. reader,
    kind_of_thing: only at this one, only of this class. after_minutes: unseen or silent for so
    long; null for the kinds that need no span.
    """

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("规则"), max_length=8, choices=RuleKind)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    reader = models.ForeignKey(
        Reader, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("只看这个读写器"),
    )  # fmt: skip
    kind_of_thing = models.ForeignKey(
        AssetClass, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("只看这类部件"),
    )  # fmt: skip
    after_minutes = models.PositiveIntegerField(_("超过多少分钟"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("告警级别"), choices=Level)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("通行规则")
        verbose_name_plural = _("通行规则")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[RuleKind.EXIT, RuleKind.LOST], after_minutes__isnull=True)
                | Q(kind__in=[RuleKind.UNSEEN, RuleKind.SILENT], after_minutes__gte=1),
                name="tagging_rule_span",
            ),
        ]

    def __str__(self) -> str:
        return self.name
