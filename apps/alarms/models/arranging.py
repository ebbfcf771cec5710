"""What people arrange about alarms: what hangs on what, quiet times, escalation, levels."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Post, Tenant
from apps.alarms.enums import RESPONSE_MINUTES, DependencyKind, Level, SilenceKind
from apps.assets.models import Asset
from apps.places.models import Area


class Dependency(models.Model):
    """One thing hangs on another: a camera on its street cabinet. Never in a circle.

    While the parent is out, outages of the child are listed under the parent's alarm.
    """

    child = models.ForeignKey(Asset, models.CASCADE, related_name="+", verbose_name=_("下级对象"))
    parent = models.ForeignKey(Asset, models.CASCADE, related_name="+", verbose_name=_("上级对象"))
    kind = models.CharField(_("依赖"), max_length=8, choices=DependencyKind)

    class Meta:
        verbose_name = _("对象依赖")
        verbose_name_plural = _("对象依赖")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["child", "parent"], name="alarm_dependency_once"),
            models.CheckConstraint(
                condition=~models.Q(child=models.F("parent")), name="alarm_dependency_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}→{self.parent_id}"


class Silence(models.Model):
    """A time in which matching alarms trouble nobody; they are raised and listed all the same.

    Every condition that is set must match. ended_at: cut short.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    kind = models.CharField(_("类型"), max_length=12, choices=SilenceKind)
    reason = models.CharField(_("原因"), max_length=200)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    ended_at = models.DateTimeField(_("提前结束时间"), null=True)
    source = models.SlugField(_("来源"), max_length=20, blank=True, default="")
    alarm_kind = models.SlugField(_("告警类别"), max_length=60, blank=True, default="")
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("责任单位")
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("部件")
    )
    level_up_to = models.PositiveSmallIntegerField(
        _("最高级别"), choices=Level, default=Level.ORANGE
    )
    by_name = models.CharField(_("设置人"), max_length=100)
    made_at = models.DateTimeField(_("设置时间"))

    class Meta:
        verbose_name = _("静默")
        verbose_name_plural = _("静默")
        default_permissions = ()
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="alarm_silence_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reason}"


class EscalationStep(models.Model):
    """Whoever holds the post is told of an alarm nobody has answered for so long."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    level_from = models.PositiveSmallIntegerField(_("最低级别"), choices=Level)
    after_minutes = models.PositiveIntegerField(_("多少分钟无人确认"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("通知岗位"))
    by_sms = models.BooleanField(_("同时发短信"), default=False)

    class Meta:
        verbose_name = _("告警升级步骤")
        verbose_name_plural = _("告警升级步骤")
        default_permissions = ()
        ordering = ["after_minutes", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "level_from", "after_minutes", "post"],
                name="alarm_escalation_once",
            ),
            models.CheckConstraint(
                condition=models.Q(after_minutes__range=(1, 10_080)), name="alarm_escalation_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_from_display()} {self.after_minutes}"


class WarningLevel(models.Model):
    """What a level means in this city: who is to know, what is to be done, when it is lifted.

    response_minutes: calendar minutes for the first answer. Source: AL-07, SL-06.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level)
    audience = models.CharField(_("告知对象"), max_length=200)
    action = models.CharField(_("应采取的措施"), max_length=500)
    lift = models.CharField(_("解除条件"), max_length=300)
    response_minutes = models.PositiveIntegerField(
        _("首次响应时限（分钟）"), default=RESPONSE_MINUTES
    )

    class Meta:
        verbose_name = _("预警级别")
        verbose_name_plural = _("预警级别")
        default_permissions = ()
        ordering = ["-level"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "level"], name="alarm_warning_level_once"),
            models.CheckConstraint(
                condition=models.Q(response_minutes__range=(1, 1440)),
                name="alarm_warning_level_response",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_level_display())
