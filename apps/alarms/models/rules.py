"""Threshold rules with their versions, and how far each has come with each thing."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.alarms.enums import VersionState
from apps.assets.models import Asset, AssetClass
from apps.places.models import Area


class AlarmRule(models.Model):
    """What raises alarms of one kind over things of one profile (阈值规则).

    unit: whose rule it is; its body's ground is the farthest it reaches. profile: of the
    readings it follows. area, asset_class: only things there, only of this class.
    current: the version in force. shipped: code of the shipped rule it was made of, "" where
    the city wrote it. Source: AL-02, RU-06.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("所属单位")
    )
    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.SlugField(_("告警类别"), max_length=60)
    profile = models.SlugField(_("设备型谱"), max_length=60)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("适用区域")
    )
    asset_class = models.ForeignKey(
        AssetClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("部件类别"),
    )
    is_on = models.BooleanField(_("启用"), default=True)
    current = models.ForeignKey(
        "AlarmRuleVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("现行版本")
    )

    shipped = models.SlugField(_("随附规则代码"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("告警阈值规则")
        verbose_name_plural = _("告警阈值规则")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "shipped"],
                condition=~models.Q(shipped=""),
                name="alarm_rule_shipped_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AlarmRuleVersion(models.Model):
    """A rule as somebody wrote it; one that was in force is never changed (a trigger).

    body: see ``apps.alarms.rules.document``. publisher: the second person.
    """

    rule = models.ForeignKey(AlarmRule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("内容"))
    state = models.CharField(
        _("状态"), max_length=10, choices=VersionState, default=VersionState.DRAFT
    )
    note = models.CharField(_("修改说明"), max_length=200, blank=True, default="")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(_("编制时间"))
    publisher = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("发布时间"), null=True)

    class Meta:
        verbose_name = _("阈值规则版本")
        verbose_name_plural = _("阈值规则版本")
        default_permissions = ()
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="alarm_rule_version_once"),
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(state=VersionState.DRAFT),
                name="alarm_rule_one_draft",
            ),
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(state=VersionState.IN_FORCE),
                name="alarm_rule_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"


class RuleState(models.Model):
    """How far a rule has come with one thing, so that a restart goes on there.

    state: of ``rules.engine``. version: the number it was made under. due_at: no later than
    the next moment something follows without a reading; null: nothing would.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(AlarmRule, models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(_("版本"))
    state: Any = models.JSONField(_("状态"))
    due_at = models.DateTimeField(_("到期时间"), null=True)

    class Meta:
        verbose_name = _("规则进度")
        verbose_name_plural = _("规则进度")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rule", "asset"], name="alarm_rule_state_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="alarm_rule_state_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.asset_id}"
