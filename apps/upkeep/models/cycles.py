"""A year's plan of keeping each field, what was done, checked and improved. Source: OP-26."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.upkeep.enums import Field, ItemState, Verdict


class CycleItem(models.Model):
    """One item of a year's plan (年度运维计划事项), from plan to improvement.

    goal: by what it is judged. outcome: what was done, by whoever answers for it. verdict,
    finding: of the check, by somebody else. Moments aware.
    """

    year = models.PositiveSmallIntegerField(_("年度"))
    field = models.CharField(_("领域"), max_length=10, choices=Field)
    title = models.CharField(_("计划事项"), max_length=200)
    goal = models.CharField(_("目标"), max_length=500)
    owner = models.ForeignKey(
        User, verbose_name=_("责任人"), on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("完成期限"))
    state = models.CharField(_("状态"), max_length=8, choices=ItemState, default=ItemState.PLANNED)
    done_at = models.DateTimeField(_("执行时间"), null=True)
    outcome = models.CharField(_("执行情况"), max_length=1000, blank=True, default="")
    verdict = models.CharField(_("检查结论"), max_length=8, choices=Verdict, blank=True, default="")
    finding = models.CharField(_("检查发现"), max_length=1000, blank=True, default="")
    checker = models.ForeignKey(
        User, verbose_name=_("检查人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(_("检查时间"), null=True)
    closed_at = models.DateTimeField(_("闭环时间"), null=True)

    class Meta:
        verbose_name = _("年度运维计划事项")
        verbose_name_plural = _("年度运维计划事项")
        default_permissions = ()
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["year", "field"], name="upkeep_cycle_year")]
        constraints = [
            models.UniqueConstraint(fields=["year", "field", "title"], name="cycle_item_once"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=models.F("owner")),
                name="cycle_item_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CycleEvidence(models.Model):
    """Something that shows an item was done. kind, ref: as ``registry.EvidenceKind`` names it.

    label, url: as they were when it was linked; url is a page of our own.
    """

    item = models.ForeignKey(CycleItem, on_delete=models.CASCADE, related_name="evidence")
    kind = models.SlugField(_("类别"), max_length=40)
    ref = models.CharField(_("编号"), max_length=60)
    label = models.CharField(_("内容"), max_length=200)
    url = models.CharField(_("页面"), max_length=200)
    by_name = models.CharField(_("关联人"), max_length=100)
    at = models.DateTimeField(_("关联时间"))

    class Meta:
        verbose_name = _("执行佐证")
        verbose_name_plural = _("执行佐证")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "ref"], name="cycle_evidence_once"),
        ]

    def __str__(self) -> str:
        return self.label
