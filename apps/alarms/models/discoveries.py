"""What an alarm that became a case was taken for, what it rests on, and what a person said."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.alarms.enums import GuessOrigin, GuessVerdict
from apps.alarms.models.alarms import Alarm
from apps.matters.models import Case
from apps.rules.models import Decision


class Discovery(models.Model):
    """An alarm that became a case (智能发现): its proposed type, its evidence, the judgement.

    matter: the case was opened of; matter_from: who or what named it. class_code, class_label:
    as proposed when it was opened, "" where nobody could; reason: why, in one sentence, with the
    versions of the rule and of the table. decision: of the table; its row can be asked why.
    evidence: {"series": [{"label", "unit", "points": [[ISO time, value], ...]}], "pictures":
    [{"name", "sha256", "at"}]}, as it was when the case was opened: readings are dropped by the
    day and pictures of a camera too, the case keeps its own. final_code, final_label: what a
    person said it is. Source: MT-21.
    """

    alarm = models.OneToOneField(
        Alarm, models.PROTECT, related_name="discovery", verbose_name=_("告警")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, related_name="discoveries", verbose_name=_("案件")
    )
    opened_at = models.DateTimeField(_("立案时间"))
    matter = models.SlugField(_("事项"), max_length=80)
    matter_from = models.CharField(_("事项来自"), max_length=8, choices=GuessOrigin)
    class_code = models.CharField(_("推测分类代码"), max_length=40, blank=True, default="")
    class_label = models.CharField(_("推测分类"), max_length=80, blank=True, default="")
    reason = models.CharField(_("推测依据"), max_length=500)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, related_name="+", verbose_name=_("规则决定")
    )
    evidence = models.JSONField(_("证据"), default=dict)
    verdict = models.CharField(
        _("核定"), max_length=10, choices=GuessVerdict, default=GuessVerdict.OPEN
    )
    final_code = models.CharField(_("核定分类代码"), max_length=40, blank=True, default="")
    final_label = models.CharField(_("核定分类"), max_length=80, blank=True, default="")
    note = models.CharField(_("核定说明"), max_length=300, blank=True, default="")
    judged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核定人")
    )
    judged_at = models.DateTimeField(_("核定时间"), null=True)

    class Meta:
        verbose_name = _("智能发现")
        verbose_name_plural = _("智能发现")
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [models.Index(fields=["verdict", "-id"], name="alarm_discovery_list")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict=GuessVerdict.OPEN, judged_at__isnull=True)
                | (~models.Q(verdict=GuessVerdict.OPEN) & models.Q(judged_at__isnull=False)),
                name="alarm_discovery_judged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.class_label}"
