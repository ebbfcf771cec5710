"""The system's grade as filed with the police, and the tests it must undergo. CL-01, CL-04."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.models import StoredFile
from apps.evidence.enums import TestKind


class Filing(models.Model):
    """One system's protection grade and its filing (定级备案). grade: 1 to 5.

    next_on: when it is to be looked at again; owner is reminded. ended_at: replaced or gone.
    """

    system = models.CharField(_("系统名称"), max_length=100)
    grade = models.PositiveSmallIntegerField(_("等级"))
    number = models.CharField(_("备案编号"), max_length=60, blank=True, default="")
    authority = models.CharField(_("受理机关"), max_length=100, blank=True, default="")
    graded_on = models.DateField(_("定级日期"))
    filed_on = models.DateField(_("备案日期"), null=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("责任人"))
    next_on = models.DateField(_("下次复核"))
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件名"), max_length=120, blank=True, default="")
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(_("登记时间"))
    ended_at = models.DateTimeField(_("注销时间"), null=True)

    class Meta:
        verbose_name = _("定级备案")
        verbose_name_plural = _("定级备案")
        default_permissions = ()
        ordering = ["next_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(grade__gte=1, grade__lte=5), name="evidence_filing_grade"
            ),
        ]

    def __str__(self) -> str:
        return self.system


class SafetyTest(models.Model):
    """A test or assessment that was done. next_on: when the next of its kind is due."""

    kind = models.CharField(_("种类"), max_length=12, choices=TestKind)
    done_on = models.DateField(_("完成日期"))
    done_by = models.CharField(_("实施单位"), max_length=100)
    result = models.CharField(_("结论"), max_length=500)
    next_on = models.DateField(_("下次应做"))
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("安全测评")
        verbose_name_plural = _("安全测评")
        default_permissions = ()
        ordering = ["-done_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.done_on}"
