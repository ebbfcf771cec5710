"""Score sheets, drawn samples, inspections with their scores. Source: HL-04, HL-13."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.callcentre.enums import InspectionState, SampleWay, ScoreKind, SheetState
from apps.callcentre.models.agents import Agent
from apps.hotline.models import Call


class ScoreSheet(models.Model):
    """A version of what a call is judged by. A published one is never changed.

    items: [{"code", "label", "weight", "fatal"}]; weights of those not fatal sum to 100. A
    fatal item that is not kept makes the whole 0.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=60)
    items = models.JSONField(_("评分项"))
    state = models.CharField(_("状态"), max_length=10, choices=SheetState, default=SheetState.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编制人"))
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("发布时间"), null=True)

    class Meta:
        verbose_name = _("评分表")
        verbose_name_plural = _("评分表")
        default_permissions = ()
        ordering = ["tenant", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="callcentre_sheet_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(state="published"), name="callcentre_sheet_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Sample(models.Model):
    """A drawing of calls: how, from when to when, with which seed, so that it can be repeated."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=60)
    way = models.CharField(_("抽样方式"), max_length=10, choices=SampleWay)
    first = models.DateField(_("起"))
    last = models.DateField(_("止"))
    size = models.PositiveSmallIntegerField(_("抽取数量"))
    agent = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("话务员")
    )
    keyword = models.CharField(_("关键词"), max_length=40, blank=True, default="")
    seed = models.CharField(_("随机种子"), max_length=32)
    population = models.PositiveIntegerField(_("总体数量"))
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("抽样人"))
    drawn_at = models.DateTimeField(_("抽样时间"))

    class Meta:
        verbose_name = _("质检抽样")
        verbose_name_plural = _("质检抽样")
        default_permissions = ()
        ordering = ["-drawn_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class Inspection(models.Model):
    """One call to be judged, one agent, by one version of the sheet.

    total: what counts, 0 to 100; of the second score where there is one. appeal: the agent's
    words. answer: the second inspector's.
    """

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="inspections")
    call = models.ForeignKey(Call, models.PROTECT, related_name="inspections")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="inspections")
    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="+")
    state = models.CharField(
        _("状态"), max_length=10, choices=InspectionState, default=InspectionState.WAITING
    )
    total = models.PositiveSmallIntegerField(_("得分"), null=True)
    is_fatal = models.BooleanField(_("致命项"), default=False)
    appeal = models.CharField(_("申诉理由"), max_length=500, blank=True, default="")
    appealed_at = models.DateTimeField(_("申诉时间"), null=True)
    answer = models.CharField(_("复核意见"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("话务质检")
        verbose_name_plural = _("话务质检")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "call"], name="callcentre_inspection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.call_id}"


class QualityScore(models.Model):
    """What one inspector gave one call; never changed. points: item code to 0..weight."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="scores")
    kind = models.CharField(_("评分类别"), max_length=12, choices=ScoreKind)
    inspector = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("质检员"))
    points = models.JSONField(_("各项得分"))
    total = models.PositiveSmallIntegerField(_("得分"))
    is_fatal = models.BooleanField(_("致命项"), default=False)
    comment = models.CharField(_("评语"), max_length=500, blank=True, default="")
    at = models.DateTimeField(_("评分时间"))

    class Meta:
        verbose_name = _("质检评分")
        verbose_name_plural = _("质检评分")
        default_permissions = ()
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "inspector"], name="callcentre_score_once"
            ),
            models.UniqueConstraint(
                fields=["inspection", "kind"],
                condition=~Q(kind="calibration"),
                name="callcentre_score_kind_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.kind} {self.total}"
