"""The three rates: versions of the formula, cases left out, months that are closed.

Source: MT-24, HL-04; hotline-grid 3.1. See ``apps.hotline.rates`` for how they are counted.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.models import StoredFile
from apps.hotline.enums import (
    EXCLUDED_STATES,
    OPEN_EXCLUSIONS,
    ExclusionReason,
    ExclusionState,
    FormulaState,
)
from apps.matters.models import Case
from apps.places.models import Area


class RateFormula(models.Model):
    """One version of how a tenant counts its three rates, in force from a month on.

    body: see ``rates.formula.Formula``. basis: the document it rests on. Who wrote it never
    approves it; a published one is never changed.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=80)
    basis = models.CharField(_("依据"), max_length=300)
    body = models.JSONField(_("计算口径"))
    effective_from = models.DateField(_("起用月份"))
    state = models.CharField(
        _("状态"), max_length=10, choices=FormulaState, default=FormulaState.DRAFT
    )
    created_at = models.DateTimeField(_("编制时间"))
    author_id = models.BigIntegerField(_("编制人编号"), null=True)
    author_name = models.CharField(_("编制人"), max_length=100)
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    approver_id = models.BigIntegerField(_("审批人编号"), null=True)
    approver_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("三率公式")
        verbose_name_plural = _("三率公式")
        default_permissions = ()
        permissions = [
            ("draft_rates", _("编制三率公式")),
            ("approve_rates", _("审批三率公式、考核月封账")),
        ]
        ordering = ["tenant", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="rate_formula_once"),
            models.UniqueConstraint(
                fields=["tenant", "effective_from"],
                name="rate_formula_one_per_month",
                condition=models.Q(state="published"),
            ),
            models.CheckConstraint(
                condition=models.Q(approver_id__isnull=True)
                | models.Q(author_id__isnull=True)
                | ~models.Q(approver_id=models.F("author_id")),
                name="rate_formula_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Exclusion(models.Model):
    """A case asked to be left out of the rates (剔除), on evidence; ruled by somebody else.

    A refusal may be appealed against once; the appeal is ruled by a third person.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="exclusions")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    reason_code = models.CharField(_("理由类别"), max_length=12, choices=ExclusionReason)
    reason = models.TextField(_("理由"), max_length=2000)
    state = models.CharField(
        _("状态"), max_length=10, choices=ExclusionState, default=ExclusionState.PENDING
    )
    filed_at = models.DateTimeField(_("申请时间"))
    filed_by_id = models.BigIntegerField(_("申请人编号"), null=True)
    filed_by_name = models.CharField(_("申请人"), max_length=100)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decided_by_id = models.BigIntegerField(_("审批人编号"), null=True)
    decided_by_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")
    decision_note = models.TextField(_("审批意见"), max_length=2000, blank=True, default="")
    appeal = models.TextField(_("申诉理由"), max_length=2000, blank=True, default="")
    appealed_at = models.DateTimeField(_("申诉时间"), null=True)
    appealed_by_name = models.CharField(_("申诉人"), max_length=100, blank=True, default="")
    ruled_at = models.DateTimeField(_("裁定时间"), null=True)
    ruled_by_id = models.BigIntegerField(_("裁定人编号"), null=True)
    ruled_by_name = models.CharField(_("裁定人"), max_length=100, blank=True, default="")
    ruling_note = models.TextField(_("裁定意见"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("剔除申请")
        verbose_name_plural = _("剔除申请")
        default_permissions = ()
        permissions = [
            ("file_exclusions", _("申请剔除")),
            ("rule_exclusions", _("审批剔除与申诉")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="exclusion_one_standing",
                condition=models.Q(
                    state__in=[s.value for s in (*OPEN_EXCLUSIONS, *EXCLUDED_STATES)]
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by_id__isnull=True)
                | models.Q(filed_by_id__isnull=True)
                | ~models.Q(decided_by_id=models.F("filed_by_id")),
                name="exclusion_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(ruled_by_id__isnull=True)
                | (
                    ~models.Q(ruled_by_id=models.F("decided_by_id"))
                    & ~models.Q(ruled_by_id=models.F("filed_by_id"))
                ),
                name="exclusion_third_person",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-id"], name="exclusion_queue")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_reason_code_display()}"


class ExclusionFile(models.Model):
    """A piece of evidence."""

    exclusion = models.ForeignKey(Exclusion, models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("文件名"), max_length=160)
    added_at = models.DateTimeField(_("添加时间"))
    added_by_name = models.CharField(_("添加人"), max_length=100)

    class Meta:
        verbose_name = _("剔除证据")
        verbose_name_plural = _("剔除证据")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["exclusion", "file"], name="exclusion_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class AppraisalMonth(models.Model):
    """A month that is closed (封账): its figures stand, whatever happens to the cases later.

    month: its first day. figures: the city's tally as JSON. digest: SHA-256 over the formula
    and every line in order, so that anybody can show that nothing was changed since.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("考核月"))
    formula = models.ForeignKey(RateFormula, models.PROTECT, related_name="+")
    figures = models.JSONField(_("结果"))
    line_count = models.PositiveIntegerField(_("案件数"))
    digest = models.CharField(_("摘要"), max_length=64)
    closed_at = models.DateTimeField(_("封账时间"))
    closed_by_name = models.CharField(_("封账人"), max_length=100)

    class Meta:
        verbose_name = _("考核月")
        verbose_name_plural = _("考核月")
        default_permissions = ()
        ordering = ["tenant", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month"], name="appraisal_month_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class AppraisalLine(models.Model):
    """How one case counted in a closed month: 1 in the numerator, 0 below only, null not at all.

    reason: why it was left out of everything; empty otherwise. channel, class_code: empty in
    months closed before they were kept.
    """

    month = models.ForeignKey(AppraisalMonth, models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200)
    channel = models.CharField(_("来源渠道"), max_length=10, blank=True, default="")
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    response = models.SmallIntegerField(_("响应"), null=True)
    solved = models.SmallIntegerField(_("解决"), null=True)
    satisfied = models.SmallIntegerField(_("满意"), null=True)
    reason = models.CharField(_("未计入原因"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("考核明细")
        verbose_name_plural = _("考核明细")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["month", "case"], name="appraisal_line_once"),
        ]
        indexes = [models.Index(fields=["month", "unit"], name="appraisal_line_unit")]

    def __str__(self) -> str:
        return f"{self.month_id} {self.case_id}"
