"""Alarms over the log: what to look for, what was found, who looked at it.

A rule is a row: how often, within how long, when. What it counts is decided in
``apps.evidence.watching``. Source: AU-07.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.evidence.enums import AlarmState, Outcome, Severity, Watch


class AlarmRule(models.Model):
    """A rule as the city has set it. threshold: so many within ``window_minutes`` raise it.

    from_hour, to_hour: hours of the city's day a rule about night work looks at, 22 to 6
    meaning over midnight; null for the other rules.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    is_on = models.BooleanField(_("启用"), default=True)
    severity = models.CharField(_("级别"), max_length=10, choices=Severity)
    threshold = models.PositiveIntegerField(_("次数"))
    window_minutes = models.PositiveIntegerField(_("时间范围（分钟）"))
    from_hour = models.PositiveSmallIntegerField(_("起始时刻（点）"), null=True)
    to_hour = models.PositiveSmallIntegerField(_("截止时刻（点）"), null=True)
    changed_at = models.DateTimeField(_("修改时间"), null=True)
    changed_by = models.CharField(_("修改人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("告警规则")
        verbose_name_plural = _("告警规则")
        default_permissions = ()
        ordering = ["code"]
        permissions = [("set_alarm_rules", _("设置告警规则"))]

    def __str__(self) -> str:
        return self.code


class Alarm(models.Model):
    """Something in the log that a rule found, with the threshold it then had.

    subject_id, subject: whose deeds these are, by value like in the log; of an address without
    a person the id is null. tenant_id: the body of that person. watch: who looks at it, never
    the one it is about.
    """

    rule = models.ForeignKey(AlarmRule, models.PROTECT, related_name="alarms")
    severity = models.CharField(_("级别"), max_length=10, choices=Severity)
    subject_id = models.BigIntegerField(_("对象编号"), null=True)
    subject = models.CharField(_("对象"), max_length=120)
    tenant_id = models.BigIntegerField(_("租户编号"), null=True)
    count = models.PositiveIntegerField(_("次数"))
    threshold = models.PositiveIntegerField(_("次数上限"))
    window_minutes = models.PositiveIntegerField(_("时间范围（分钟）"))
    first_at = models.DateTimeField(_("首次"))
    last_at = models.DateTimeField(_("最近"))
    raised_at = models.DateTimeField(_("告警时间"))
    watch = models.CharField(_("由谁处理"), max_length=10, choices=Watch)
    state = models.CharField(_("状态"), max_length=10, choices=AlarmState, default=AlarmState.NEW)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(_("开始核查"), null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("关闭时间"), null=True)
    outcome = models.CharField(_("结论"), max_length=10, choices=Outcome, blank=True, default="")
    reason = models.CharField(_("说明"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("安全告警")
        verbose_name_plural = _("安全告警")
        default_permissions = ()
        permissions = [("handle_alarms", _("处理安全告警"))]
        indexes = [
            models.Index(fields=["state", "-id"], name="evidence_alarm_state"),
            models.Index(fields=["rule", "subject", "-last_at"], name="evidence_alarm_subject"),
            models.Index(fields=["raised_at"], name="evidence_alarm_raised"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=AlarmState.CLOSED)
                | (models.Q(closed_at__isnull=False) & ~models.Q(reason="")),
                name="evidence_alarm_closed_why",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"


class AlarmEntry(models.Model):
    """An entry of the log that an alarm rests on."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="entries")
    entry = models.ForeignKey(AuditEntry, models.DO_NOTHING, db_constraint=False, related_name="+")

    class Meta:
        verbose_name = _("告警依据")
        verbose_name_plural = _("告警依据")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["alarm", "entry"], name="evidence_alarm_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id}/{self.entry_id}"


class AlarmBookmark(models.Model):
    """How far the log was looked through: the last seal whose entries were judged."""

    stream = models.CharField(_("日志流"), max_length=20, primary_key=True)
    seal: Any = models.PositiveBigIntegerField(_("封存"), default=0)
    moved_at = models.DateTimeField(_("更新时间"), null=True)

    class Meta:
        verbose_name = _("告警进度")
        verbose_name_plural = _("告警进度")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.stream} {self.seal}"
