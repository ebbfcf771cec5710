"""Alarms and what happened to them."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.alarms.enums import OPEN_STATES, AlarmState, EventKind, Level, Outcome
from apps.alarms.registry import source_label
from apps.assets.models import Asset
from apps.matters.models import Case
from apps.places.models import Area


class Alarm(models.Model):
    """A trouble that stands, or stood. One open alarm per source, kind and subject.

    subject: "asset:<id>", "key:<key>" or both; what it is about, as a whole. count: how often
    it was reported while it stood. first_at, last_at: by the source's own clock; raised_at: when
    it was first shown here. level_at: since when it has its level. sentence: why, in one
    sentence; facts: the values behind it. rule, rule_version: "" and 0 where nothing of ours
    raised it; of a watcher its code and 0. area_path, unit_path: as when it was raised.
    is_outage: nothing is heard of the asset. inhibited_by: the outage this one follows from;
    look_again_at: that is over, and then it is looked at anew. silence: the announced work it
    falls into. matter: of the case a rule wants. woken_at: since when an answer is asked for;
    escalate_at: when the next step of escalation is due. Source: AL-01.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    source = models.SlugField(_("来源"), max_length=20)
    kind = models.SlugField(_("类别"), max_length=60)
    title = models.CharField(_("名称"), max_length=120)
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("部件")
    )
    key = models.CharField(_("对象标识"), max_length=120, blank=True, default="")
    subject = models.CharField(_("对象代码"), max_length=160)
    about = models.CharField(_("对象"), max_length=120)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区域")
    )
    area_path = models.CharField(max_length=200, blank=True, default="")
    unit = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    unit_path = models.CharField(max_length=200, blank=True, default="")
    point = models.PointField(_("位置"), srid=4326, null=True)
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level)
    level_at = models.DateTimeField(_("级别起始时间"))
    state = models.CharField(
        _("状态"), max_length=10, choices=AlarmState, default=AlarmState.ACTIVE
    )
    count = models.PositiveIntegerField(_("次数"), default=1)
    first_at = models.DateTimeField(_("首次"))
    last_at = models.DateTimeField(_("最近"))
    raised_at = models.DateTimeField(_("告警时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    sentence = models.CharField(_("原因"), max_length=500)
    facts = models.JSONField(_("数值"), default=dict)
    rule = models.SlugField(_("规则"), max_length=60, blank=True, default="")
    rule_version = models.PositiveIntegerField(_("规则版本"), default=0)
    is_outage = models.BooleanField(_("对象失联"), default=False)
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("确认人")
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("处理人")
    )
    handled_at = models.DateTimeField(_("处理时间"), null=True)
    handled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    outcome = models.CharField(
        _("处理结果"), max_length=12, choices=Outcome, blank=True, default=""
    )
    result = models.CharField(_("处理说明"), max_length=500, blank=True, default="")
    shelved_until = models.DateTimeField(_("搁置至"), null=True)
    inhibited_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="inhibited", verbose_name=_("归并到")
    )
    look_again_at = models.DateTimeField(_("重新核对时间"), null=True)
    silence = models.ForeignKey(
        "alarms.Silence", models.PROTECT, null=True, related_name="alarms", verbose_name=_("静默")
    )
    matter = models.SlugField(_("转案件的事项"), max_length=80, blank=True, default="")
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, related_name="alarms", verbose_name=_("案件")
    )
    woken_at = models.DateTimeField(_("提醒时间"), null=True)
    escalate_at = models.DateTimeField(_("下次升级时间"), null=True)
    escalation_step = models.PositiveSmallIntegerField(_("已升级次数"), default=0)

    class Meta:
        verbose_name = _("告警")
        verbose_name_plural = _("告警")
        default_permissions = ()
        ordering = ["-raised_at", "-pk"]
        permissions = [
            ("view_alarms", _("查看告警")),
            ("handle_alarms", _("处置告警")),
            ("arrange_alarms", _("指派告警、设置静默与升级")),
            ("edit_alarm_rules", _("编制告警阈值规则")),
            ("publish_alarm_rules", _("发布告警阈值规则")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "subject"],
                condition=models.Q(ended_at__isnull=True),
                name="alarm_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN_STATES, ended_at__isnull=True)
                | (~models.Q(state__in=OPEN_STATES) & models.Q(ended_at__isnull=False)),
                name="alarm_open_or_ended",
            ),
            models.CheckConstraint(condition=models.Q(level__range=(1, 4)), name="alarm_level"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-level", "-raised_at"],
                condition=models.Q(ended_at__isnull=True),
                name="alarm_open",
            ),
            models.Index(fields=["tenant", "-raised_at"], name="alarm_raised"),
            models.Index(fields=["source", "kind", "subject", "-raised_at"], name="alarm_like"),
            models.Index(fields=["asset", "-raised_at"], name="alarm_asset"),
            models.Index(
                fields=["shelved_until"],
                condition=models.Q(shelved_until__isnull=False),
                name="alarm_shelved",
            ),
            models.Index(
                fields=["escalate_at"],
                condition=models.Q(escalate_at__isnull=False),
                name="alarm_escalating",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.about}"

    @property
    def is_open(self) -> bool:
        """Whether the trouble may still stand."""
        return self.ended_at is None

    @property
    def source_label(self) -> str:
        """The name of where it comes from."""
        return source_label(self.source)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is to be troubled with it for now."""
        return (
            self.shelved_until is not None
            or self.inhibited_by_id is not None
            or self.silence_id is not None
        )


class AlarmEvent(models.Model):
    """One thing that happened to an alarm. Never changed (a trigger sees to it).

    at: when it happened; of what a source tells, by the source's clock. by_name: by value,
    like in the log.
    """

    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="events")
    kind = models.CharField(_("事项"), max_length=14, choices=EventKind)
    at = models.DateTimeField(_("时间"))
    written_at = models.DateTimeField(_("记录时间"))
    by_id = models.BigIntegerField(_("经办人编号"), null=True)
    by_name = models.CharField(_("经办人"), max_length=100)
    text = models.CharField(_("内容"), max_length=500, blank=True, default="")
    data = models.JSONField(_("数值"), default=dict)

    class Meta:
        verbose_name = _("告警记录")
        verbose_name_plural = _("告警记录")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.kind}"
