"""Warnings a city issues to the public, and lifts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.alarms.enums import Level, WarningState
from apps.alarms.models.alarms import Alarm
from apps.places.models import Area


class PublicWarning(models.Model):
    """A graded warning to the public (预警信息): for whom, what to do, when it is lifted.

    key: of the page it was written on, so that a form sent twice is one warning. area_path: of
    the area when it was written. alarm: what gave rise to it. replaces: the warning it takes the
    place of, which it lifts when it is issued. until_at: how long it is expected to stand; it
    stands until somebody lifts it. Once issued its words stay: the database sees to that, and
    that maker and checker are two. Source: AL-07, AC-09.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    key = models.UUIDField(_("幂等键"))
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level)
    title = models.CharField(_("标题"), max_length=80)
    text = models.CharField(_("情况说明"), max_length=1000)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("影响区域"))
    area_path = models.CharField(_("区域路径"), max_length=255)
    audience = models.CharField(_("告知对象"), max_length=200)
    action = models.CharField(_("应采取的措施"), max_length=500)
    lift = models.CharField(_("解除条件"), max_length=300)
    until_at = models.DateTimeField(_("预计持续至"), null=True)
    alarm = models.ForeignKey(
        Alarm, models.PROTECT, null=True, related_name="warnings", verbose_name=_("告警")
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replacements", verbose_name=_("接替的预警")
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=WarningState, default=WarningState.WAITING
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("拟稿人"))
    made_at = models.DateTimeField(_("拟稿时间"))
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("签发人")
    )
    issued_at = models.DateTimeField(_("发布时间"), null=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("解除人")
    )
    lifted_at = models.DateTimeField(_("解除时间"), null=True)
    outcome = models.CharField(_("解除或未发布的原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("公众预警")
        verbose_name_plural = _("公众预警")
        default_permissions = ()
        ordering = ["-pk"]
        permissions = [
            ("issue_warnings", _("拟发和解除公众预警")),
            ("approve_warnings", _("签发公众预警")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="public_warning_once"),
            models.CheckConstraint(
                condition=~models.Q(made_by=models.F("checked_by"))
                | models.Q(checked_by__isnull=True),
                name="public_warning_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["issued", "lifted"])
                | models.Q(issued_at__isnull=False, checked_by__isnull=False),
                name="public_warning_issued_by",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="lifted")
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="public_warning_lifted_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-level", "-issued_at"],
                condition=models.Q(state="issued"),
                name="public_warning_standing",
            ),
        ]

    def __str__(self) -> str:
        return self.title
