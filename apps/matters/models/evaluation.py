"""What the reporter thought of it (HL-13, HL-14, MT-27)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import EvaluationSource, EvaluationTarget
from apps.matters.models.case import Case


class Evaluation(models.Model):
    """One score of one thing in one round; once per source.

    score: 1 (very dissatisfied) to 5 (very satisfied). solved: null when not asked.
    subject_name: the acceptor, or the unit, that was scored at that time.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="evaluations")
    round = models.PositiveSmallIntegerField(_("办理轮次"))
    target = models.CharField(_("评价对象"), max_length=12, choices=EvaluationTarget)
    source = models.CharField(_("评价来源"), max_length=10, choices=EvaluationSource)
    score = models.PositiveSmallIntegerField(
        _("满意度"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    solved = models.BooleanField(_("是否解决"), null=True)
    comment = models.CharField(_("意见"), max_length=500, blank=True, default="")
    subject_name = models.CharField(_("被评价人或单位"), max_length=100)
    unit = models.ForeignKey("accounts.Organization", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("评价时间"))

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "target", "source"], name="evaluation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=1, score__lte=5), name="evaluation_score_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.target} {self.score}"
