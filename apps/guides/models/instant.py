"""Granting with no person: its switch, its record, its sampling afterwards (MT-17)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.guides.enums import ReviewState
from apps.matters.models import Case, MatterType


class InstantSwitch(models.Model):
    """Whether a matter is granted instantly now, and how many of ten thousand are sampled.

    A matter without a row is off: nobody said that it may.
    """

    matter_type = models.OneToOneField(MatterType, models.PROTECT, related_name="instant_switch")
    is_on = models.BooleanField(_("开启"), default=False)
    sample_per_10000 = models.PositiveSmallIntegerField(_("抽查比例(万分之)"), default=1000)
    changed_at = models.DateTimeField(_("变更时间"))
    changed_by_name = models.CharField(_("变更人"), max_length=100)
    reason = models.CharField(_("变更原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("即时审批开关")
        verbose_name_plural = _("即时审批开关")
        default_permissions = ()
        permissions = [
            ("switch_instant", _("开关即时审批")),
            ("review_instant", _("抽查即时审批")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sample_per_10000__lte=10000), name="instant_sample_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_type} {self.is_on}"


class CheckRun(models.Model):
    """The checks of one application, once.

    results: [{"code", "label", "dataset", "input", "passed", "reason"}]; inputs masked where
    the form masks them. drawn: 0-9999, sampled where it lies below ``sample_per_10000`` of
    then; both are kept, so that nobody can doubt the draw.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="check_run")
    at = models.DateTimeField(_("核验时间"))
    passed = models.BooleanField(_("全部通过"))
    results = models.JSONField(_("核验结果"))
    drawn = models.PositiveSmallIntegerField(_("抽签数"), null=True)
    sample_per_10000 = models.PositiveSmallIntegerField(_("当时抽查比例(万分之)"), null=True)
    review = models.CharField(
        _("抽查"), max_length=8, choices=ReviewState, default=ReviewState.NONE
    )
    reviewed_at = models.DateTimeField(_("抽查时间"), null=True)
    reviewed_by_name = models.CharField(_("抽查人"), max_length=100, blank=True, default="")
    review_note = models.CharField(_("抽查意见"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("核验记录")
        verbose_name_plural = _("核验记录")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id"],
                name="check_run_to_review",
                condition=models.Q(review=ReviewState.PENDING),
            ),
            models.Index(fields=["-at"], name="check_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.passed}"
