"""Rehearsals of threshold rules: ordered by a person, worked through by the worker."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import OPEN_REHEARSALS, RehearsalState
from apps.alarms.models.rules import AlarmRule
from apps.assets.models import AssetClass
from apps.places.models import Area


class RuleRehearsal(models.Model):
    """What a rule as somebody filled it in would have raised over past days (规则试算).

    rule: the one being changed, null for a new one. body: as tried; before: of the version in
    force when it was ordered, {} where there was none. digest: SHA-256 of what is tried, so that
    one person has the same under way once. done, total: things worked through. attempt: which
    worker it is, counted; claimed_until: until when that worker is believed to live.
    result: ``rehearsal.Rehearsal`` as JSON. Source: RU-06.
    """

    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("所属单位")
    )
    rule = models.ForeignKey(
        AlarmRule, models.CASCADE, null=True, related_name="rehearsals", verbose_name=_("规则")
    )
    name = models.CharField(_("名称"), max_length=60)
    profile = models.SlugField(_("设备型谱"), max_length=60)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("适用区域")
    )
    asset_class = models.ForeignKey(
        AssetClass, models.PROTECT, null=True, related_name="+", verbose_name=_("部件类别")
    )
    body = models.JSONField(_("内容"))
    before = models.JSONField(_("现行内容"), default=dict)
    digest = models.CharField(_("摘要"), max_length=64)
    until = models.DateTimeField(_("截至"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RehearsalState, default=RehearsalState.QUEUED
    )
    done = models.PositiveIntegerField(_("已试算对象"), default=0)
    total = models.PositiveIntegerField(_("对象数"), default=0)
    attempt = models.PositiveSmallIntegerField(_("第几次"), default=0)
    claimed_until = models.DateTimeField(_("处理至"), null=True)
    result: Any = models.JSONField(_("结果"), default=dict)
    error = models.CharField(_("原因"), max_length=300, blank=True, default="")
    maker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("试算人"))
    created_at = models.DateTimeField(_("提交时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("规则试算")
        verbose_name_plural = _("规则试算")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["maker", "digest"],
                condition=models.Q(state__in=OPEN_REHEARSALS),
                name="alarm_rehearsal_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being worked through."""
        return self.state in OPEN_REHEARSALS

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return self.done * 100 // self.total if self.total else 0
