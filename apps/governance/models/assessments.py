"""Risk assessment of major decisions (重大决策社会稳定风险评估). GR-19."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.models import StoredFile
from apps.governance.enums import AssessmentState, OpinionSource, RiskLevel
from apps.governance.models._versions import Versioned


class RiskTemplate(Versioned):
    """Which risks are looked at and how they add up. body: see ``governance.risk.Scheme``."""

    class Meta:
        verbose_name = _("风险评估模板")
        verbose_name_plural = _("风险评估模板")
        default_permissions = ()
        permissions = [
            ("keep_assessments", _("编制风险评估")),
            ("approve_assessments", _("审定风险评估")),
        ]
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="risk_template_once"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state="published"),
                name="risk_template_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(approver_id__isnull=True)
                | models.Q(author_id__isnull=True)
                | ~models.Q(approver_id=models.F("author_id")),
                name="risk_template_two_persons",
            ),
        ]


class RiskAssessment(models.Model):
    """What a decision risks, by which template, and what was concluded.

    score: 0-100, two decimals; level by the template's borders; both kept with the approval.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("年份"))
    serial = models.PositiveIntegerField(_("序号"))
    title = models.CharField(_("决策事项"), max_length=120)
    decision = models.TextField(_("决策内容"), max_length=4000)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    partners = models.ManyToManyField(Organization, related_name="+", verbose_name=_("配合单位"))
    template = models.ForeignKey(RiskTemplate, models.PROTECT, related_name="assessments")
    state = models.CharField(
        _("状态"), max_length=8, choices=AssessmentState, default=AssessmentState.DRAFT
    )
    conclusion = models.TextField(_("评估结论"), max_length=4000, blank=True, default="")
    score = models.DecimalField(_("风险分"), max_digits=5, decimal_places=2, null=True)
    level = models.CharField(_("风险等级"), max_length=6, choices=RiskLevel, blank=True, default="")
    created_at = models.DateTimeField(_("创建时间"))
    created_by_id = models.BigIntegerField(_("编制人编号"))
    created_by_name = models.CharField(_("编制人"), max_length=100)
    approved_at = models.DateTimeField(_("审定时间"), null=True)
    approved_by_name = models.CharField(_("审定人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("风险评估")
        verbose_name_plural = _("风险评估")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "year", "serial"], name="risk_assessment_number"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it stands on the report."""
        return f"稳评〔{self.year}〕{self.serial:04d}号"


class RiskScore(models.Model):
    """How likely and grave one risk is held to be, 0 (none) to 5, with the reason."""

    assessment = models.ForeignKey(RiskAssessment, models.CASCADE, related_name="scores")
    code = models.CharField(_("风险项"), max_length=40)
    score = models.PositiveSmallIntegerField(_("评分"))
    reason = models.TextField(_("理由"), max_length=1000)

    class Meta:
        verbose_name = _("风险评分")
        verbose_name_plural = _("风险评分")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "code"], name="risk_score_once"),
            models.CheckConstraint(condition=models.Q(score__lte=5), name="risk_score_0_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.code}={self.score}"


class Opinion(models.Model):
    """What a round of asking gave: how many were for it, against it, or neither."""

    assessment = models.ForeignKey(RiskAssessment, models.CASCADE, related_name="opinions")
    source = models.CharField(_("对象"), max_length=6, choices=OpinionSource)
    way = models.CharField(_("方式"), max_length=60)
    collected_on = models.DateField(_("日期"))
    supporting = models.PositiveIntegerField(_("赞成"))
    opposing = models.PositiveIntegerField(_("反对"))
    neutral = models.PositiveIntegerField(_("弃权"))
    summary = models.TextField(_("意见摘要"), max_length=2000)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    recorded_by_name = models.CharField(_("登记人"), max_length=100)

    class Meta:
        verbose_name = _("征求意见")
        verbose_name_plural = _("征求意见")
        default_permissions = ()
        ordering = ["collected_on", "id"]

    def __str__(self) -> str:
        return self.way


class RiskMeasure(models.Model):
    """Something to be done against a risk, by a unit, until a day."""

    assessment = models.ForeignKey(RiskAssessment, models.PROTECT, related_name="measures")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    text = models.TextField(_("措施"), max_length=1000)
    due_on = models.DateField(_("完成期限"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by_name = models.CharField(_("完成人"), max_length=100, blank=True, default="")
    note = models.TextField(_("完成情况"), max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = _("防范措施")
        verbose_name_plural = _("防范措施")
        default_permissions = ()
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.text[:40]
