"""Moving running cases from one version of their matter to another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.models import TimeStamped
from apps.matters.enums import MigrationState
from apps.matters.models.matter import MatterType, MatterVersion


class CaseMigration(TimeStamped):
    """An explicit mapping of states, approved by a second person, then carried out in batches.

    mapping: {code of a state of ``source``: code of a state of ``target``}, for every state a
    running case can be in. moved: cases moved so far.
    """

    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="migrations")
    source = models.ForeignKey(
        MatterVersion, models.PROTECT, related_name="+", verbose_name=_("原版本")
    )
    target = models.ForeignKey(
        MatterVersion, models.PROTECT, related_name="+", verbose_name=_("目标版本")
    )
    mapping = models.JSONField(_("状态对应"))
    note = models.CharField(_("说明"), max_length=500)
    state = models.CharField(
        _("状态"), max_length=10, choices=MigrationState, default=MigrationState.SUBMITTED
    )
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人")
    )
    review_note = models.CharField(_("复核意见"), max_length=500, blank=True, default="")
    moved = models.PositiveIntegerField(_("已迁移"), default=0)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("案件迁移")
        verbose_name_plural = _("案件迁移")
        ordering = ["-id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True) | ~models.Q(reviewer=models.F("author")),
                name="case_migration_second_person",
                violation_error_message=_("提出人不能复核自己的迁移"),
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["running", "done"])
                | models.Q(reviewer__isnull=False),
                name="case_migration_approved",
            ),
            models.UniqueConstraint(
                fields=["source"],
                name="case_migration_one_open",
                condition=models.Q(state__in=["submitted", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
