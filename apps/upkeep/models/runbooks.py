"""What to do when something is out of order, and what was done of it. Source: OP-25."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.upkeep.enums import ArticleState


class Runbook(models.Model):
    """One article of the operations manual; its texts are its versions."""

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    current = models.ForeignKey(
        "RunbookVersion", verbose_name=_("现行版本"), null=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    is_retired = models.BooleanField(_("已停用"), default=False)

    class Meta:
        verbose_name = _("运维手册")
        verbose_name_plural = _("运维手册")
        default_permissions = ()

    def __str__(self) -> str:
        return self.code


class RunbookVersion(models.Model):
    """One wording of an article. Never changed once it is published.

    steps: texts in order. alarm_kinds: codes of ``alarms.registry``; fault_kinds: codes of
    ``upkeep.registry``. The person who agrees is never the one who wrote.
    """

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=100)
    summary = models.TextField(_("说明"), max_length=2000, blank=True, default="")
    steps = ArrayField(models.CharField(max_length=500), verbose_name=_("步骤"))
    alarm_kinds = ArrayField(
        models.CharField(max_length=60), verbose_name=_("告警类别"), default=list
    )
    fault_kinds = ArrayField(
        models.CharField(max_length=60), verbose_name=_("故障类别"), default=list
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=ArticleState, default=ArticleState.DRAFT
    )
    written_by = models.ForeignKey(
        User, verbose_name=_("编写人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("编写时间"))
    approved_by = models.ForeignKey(
        User, verbose_name=_("审核人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("审核时间"), null=True)

    class Meta:
        verbose_name = _("手册版本")
        verbose_name_plural = _("手册版本")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["runbook", "number"], name="runbook_version_once"),
            models.UniqueConstraint(
                fields=["runbook"], condition=Q(state="draft"), name="runbook_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("written_by")),
                name="runbook_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RunbookCheck(models.Model):
    """Somebody did a step of an article for an alarm. Written once."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(RunbookVersion, on_delete=models.PROTECT, related_name="checks")
    step = models.PositiveSmallIntegerField(_("步骤"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(_("姓名"), max_length=100)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("步骤勾选")
        verbose_name_plural = _("步骤勾选")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "version", "step"], name="runbook_step_checked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.step}"
