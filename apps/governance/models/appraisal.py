"""Ranking and appraisal of grid workers and streets by a versioned formula. Issue 6."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.common.models import StoredFile
from apps.governance.enums import AppealState, RunState, Subject
from apps.governance.models._versions import Versioned


class AppraisalFormula(Versioned):
    """Which indicators count how much, from a month on. body: ``governance.scoring.Formula``."""

    subject = models.CharField(_("考核对象"), max_length=6, choices=Subject)
    effective_from = models.DateField(_("起用月份"))

    class Meta:
        verbose_name = _("网格考核公式")
        verbose_name_plural = _("网格考核公式")
        default_permissions = ()
        permissions = [
            ("draft_appraisal", _("编制网格考核公式、计算月度考核")),
            ("approve_appraisal", _("审批网格考核公式、公布考核")),
        ]
        ordering = ["subject", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject", "number"], name="governance_formula_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "subject", "effective_from"],
                condition=models.Q(state="published"),
                name="governance_formula_one_per_month",
            ),
            models.CheckConstraint(
                condition=models.Q(approver_id__isnull=True)
                | models.Q(author_id__isnull=True)
                | ~models.Q(approver_id=models.F("author_id")),
                name="governance_formula_two_persons",
            ),
        ]


class AppraisalRun(models.Model):
    """One month computed by one formula; computed anew until published, then frozen.

    digest: SHA-256 of formula, lines and facts, taken when published; "" before.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    subject = models.CharField(_("考核对象"), max_length=6, choices=Subject)
    month = models.DateField(_("考核月"))
    formula = models.ForeignKey(AppraisalFormula, models.PROTECT, related_name="runs")
    state = models.CharField(_("状态"), max_length=9, choices=RunState, default=RunState.COMPUTED)
    computed_at = models.DateTimeField(_("计算时间"))
    computed_by_id = models.BigIntegerField(_("计算人编号"), null=True)
    computed_by_name = models.CharField(_("计算人"), max_length=100)
    digest = models.CharField(_("摘要"), max_length=64, blank=True, default="")
    published_at = models.DateTimeField(_("公布时间"), null=True)
    published_by_name = models.CharField(_("公布人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("月度考核")
        verbose_name_plural = _("月度考核")
        default_permissions = ()
        permissions = [("view_situation", _("查看网格态势、趋势和考核"))]
        ordering = ["-month", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject", "month"], name="governance_run_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.subject}"


class AppraisalLine(models.Model):
    """One worker or street in a run.

    subject_id: of the person or area. area_path: where they work. figures: one object per
    indicator: code, value, count, score, weight; value and score null where nothing was
    counted, whose weight the others share. place: equal scores share one; null unranked.
    """

    run = models.ForeignKey(AppraisalRun, models.CASCADE, related_name="lines")
    subject_id = models.BigIntegerField(_("对象编号"))
    subject_name = models.CharField(_("名称"), max_length=100)
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    place = models.PositiveIntegerField(_("名次"), null=True)
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True)
    figures = models.JSONField(_("指标"))

    class Meta:
        verbose_name = _("考核结果")
        verbose_name_plural = _("考核结果")
        default_permissions = ()
        ordering = ["place", "subject_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "subject_id"], name="governance_line_once"),
        ]

    def __str__(self) -> str:
        return self.subject_name


class AppraisalFact(models.Model):
    """One row a figure was made of: what, whose, when, how much it counts.

    value: 0-1 for a share, any number for a sum. left_out: an appeal against it was granted.
    """

    line = models.ForeignKey(AppraisalLine, models.CASCADE, related_name="facts")
    indicator = models.CharField(_("指标"), max_length=40)
    kind = models.CharField(_("来源"), max_length=20)
    object_id = models.BigIntegerField(_("来源编号"))
    label = models.CharField(_("内容"), max_length=160)
    at = models.DateTimeField(_("时间"))
    value = models.FloatField(_("计数"))
    left_out = models.BooleanField(_("已剔除"), default=False)

    class Meta:
        verbose_name = _("考核依据")
        verbose_name_plural = _("考核依据")
        default_permissions = ()
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["line", "indicator"], name="governance_fact_line")]

    def __str__(self) -> str:
        return self.label


class Appeal(models.Model):
    """Somebody says a counted row should not count, with evidence; ruled by somebody else.

    Holds for a row whatever is computed anew, of workers and streets alike.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("考核月"))
    indicator = models.CharField(_("指标"), max_length=40)
    kind = models.CharField(_("来源"), max_length=20)
    object_id = models.BigIntegerField(_("来源编号"))
    label = models.CharField(_("内容"), max_length=160)
    reason = models.TextField(_("申诉理由"), max_length=2000)
    evidence = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("证据"))
    state = models.CharField(
        _("状态"), max_length=8, choices=AppealState, default=AppealState.PENDING
    )
    filed_at = models.DateTimeField(_("申诉时间"))
    filed_by_id = models.BigIntegerField(_("申诉人编号"))
    filed_by_name = models.CharField(_("申诉人"), max_length=100)
    ruled_at = models.DateTimeField(_("裁定时间"), null=True)
    ruled_by_id = models.BigIntegerField(_("裁定人编号"), null=True)
    ruled_by_name = models.CharField(_("裁定人"), max_length=100, blank=True, default="")
    ruling = models.TextField(_("裁定意见"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("考核申诉")
        verbose_name_plural = _("考核申诉")
        default_permissions = ()
        permissions = [
            ("file_appeals", _("申诉考核结果")),
            ("rule_appeals", _("裁定考核申诉")),
        ]
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "month", "indicator", "kind", "object_id"],
                name="governance_appeal_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ruled_by_id__isnull=True)
                | ~models.Q(ruled_by_id=models.F("filed_by_id")),
                name="governance_appeal_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return self.label
