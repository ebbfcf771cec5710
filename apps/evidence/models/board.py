"""The board of clauses: what was checked, when, with which figures; what people added.

Source: CL-01, CL-04, CL-05.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.models import StoredFile
from apps.evidence.enums import ClauseState, FindingSeverity, FindingSource


class ClauseResult(models.Model):
    """What one check found at one time. A row per change, and ``seen_at`` says until when.

    check: code of a ``common.selfchecks`` check.
    """

    check_code = models.CharField(_("检查"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=ClauseState)
    text = models.CharField(_("依据"), max_length=400)
    found_at = models.DateTimeField(_("首次"))
    seen_at = models.DateTimeField(_("最近"))

    class Meta:
        verbose_name = _("条款检查结果")
        verbose_name_plural = _("条款检查结果")
        default_permissions = ()
        indexes = [models.Index(fields=["check_code", "-id"], name="evidence_result_check")]
        permissions = [("view_board", _("查看合规看板"))]

    def __str__(self) -> str:
        return f"{self.check_code} {self.state}"


class ClauseNote(models.Model):
    """What a person says of a clause no program can judge, with the next date to look."""

    clause = models.CharField(_("条款"), max_length=40)
    state = models.CharField(_("状态"), max_length=10, choices=ClauseState)
    note = models.CharField(_("说明"), max_length=500)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件名"), max_length=120, blank=True, default="")
    next_on = models.DateField(_("下次确认"))
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("条款说明")
        verbose_name_plural = _("条款说明")
        default_permissions = ()
        ordering = ["-pk"]
        permissions = [("keep_board", _("维护合规看板"))]

    def __str__(self) -> str:
        return self.clause


class SelfCheck(models.Model):
    """The board as it stood once a month, signed off by a person. states: {state: how many}."""

    month_on = models.DateField(_("月份"), unique=True)
    states: Any = models.JSONField(_("结果"), default=dict)
    note = models.CharField(_("结论"), max_length=500)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("月度自查")
        verbose_name_plural = _("月度自查")
        default_permissions = ()
        ordering = ["-month_on"]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m}"


class Finding(models.Model):
    """Something that must be mended, by when and by whom; high ones within 24 hours.

    owner: in words; responsible: the person who is told, null for somebody without an account."""

    title = models.CharField(_("问题"), max_length=120)
    detail = models.CharField(_("说明"), max_length=500, blank=True, default="")
    clause = models.CharField(_("条款"), max_length=40, blank=True, default="")
    source = models.CharField(_("来源"), max_length=12, choices=FindingSource)
    severity = models.CharField(_("级别"), max_length=10, choices=FindingSeverity)
    owner = models.CharField(_("责任人"), max_length=60)
    responsible = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("责任人账号")
    )
    found_at = models.DateTimeField(_("发现时间"))
    due_at = models.DateTimeField(_("整改期限"))
    fixed_at = models.DateTimeField(_("整改时间"), null=True)
    fix = models.CharField(_("整改情况"), max_length=500, blank=True, default="")
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("整改项")
        verbose_name_plural = _("整改项")
        default_permissions = ()
        ordering = ["due_at", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def dialog(self) -> str:
        """What the dialog of this finding is called on its page."""
        return f"fix-{self.pk}"
