"""What lines are watched for: rules people write, and hours that depart from the usual."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.alarms.enums import Level
from apps.journals.enums import Direction, Severity
from apps.journals.models.lines import Host
from apps.places.models import Area


class LineRule(models.Model):
    """So many lines with these words within so many minutes are an alarm (OP-07).

    words: all must occur, as in a search. level: lines as grave as this or graver. host,
    program: of these only. area: of hosts in it; decides who keeps the rule. is_standing:
    whether its alarm stands.
    """

    name = models.CharField(_("名称"), max_length=60)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    words = models.CharField(_("包含的词"), max_length=100)
    host = models.ForeignKey(
        Host, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("主机")
    )
    program = models.CharField(_("程序"), max_length=60, blank=True, default="")
    level = models.SmallIntegerField(_("级别"), choices=Severity, default=Severity.DEBUG)
    count = models.PositiveIntegerField(_("条数"), default=10)
    minutes = models.PositiveSmallIntegerField(_("分钟"), default=5)
    alarm_level = models.SmallIntegerField(_("告警级别"), choices=Level, default=Level.YELLOW)
    is_active = models.BooleanField(_("启用"), default=True)
    is_standing = models.BooleanField(_("告警中"), default=False)
    by_name = models.CharField(_("制定人"), max_length=100)

    class Meta:
        verbose_name = _("日志规则")
        verbose_name_plural = _("日志规则")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="journals_rule_once"),
            models.CheckConstraint(
                condition=Q(count__gte=1, minutes__gte=1, minutes__lte=1440),
                name="journals_rule_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Deviation(models.Model):
    """An hour in which a program wrote far more or less than is usual for that hour of the week.

    expected: the middle of the weeks before; bound: what would still have been usual; weeks: how
    many were looked at. sentence: all of it for people.
    """

    host = models.ForeignKey(Host, models.CASCADE, related_name="+", verbose_name=_("主机"))
    program = models.CharField(_("程序"), max_length=60)
    level = models.SmallIntegerField(_("级别"), choices=Severity)
    hour = models.DateTimeField(_("小时"))
    direction = models.CharField(_("偏离"), max_length=5, choices=Direction)
    seen = models.PositiveIntegerField(_("实际条数"))
    expected = models.FloatField(_("预期条数"))
    bound = models.FloatField(_("界限"))
    weeks = models.PositiveSmallIntegerField(_("参照周数"))
    sentence = models.CharField(_("说明"), max_length=300)

    class Meta:
        verbose_name = _("日志偏离")
        verbose_name_plural = _("日志偏离")
        default_permissions = ()
        ordering = ["-hour", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["host", "program", "level", "hour"], name="journals_deviation_once"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence
