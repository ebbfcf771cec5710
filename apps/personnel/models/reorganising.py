"""Units merge, split, change names or places on a day, and may be put back (AC-01, AC-13)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.personnel.enums import ChangeKind, ChangeState


class Reorganisation(models.Model):
    """One change of one unit, approved by a second person, done on a day.

    target: the unit it merges into, or is hung under (null: the top). new_name,
    new_short_name: of a rename. parts: of a split, [{"code", "name", "posts": [ids]}].
    undo: what there was before, kept while it may be rolled back. former_name: the name the
    unit had, for histories.
    """

    kind = models.CharField(_("方式"), max_length=6, choices=ChangeKind)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("调整单位")
    )
    target = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("目标单位")
    )
    new_name = models.CharField(_("新名称"), max_length=80, blank=True, default="")
    new_short_name = models.CharField(_("新简称"), max_length=30, blank=True, default="")
    parts = models.JSONField(_("拆出单位"), default=list)
    on = models.DateField(_("生效日期"))
    reason = models.CharField(_("依据文件"), max_length=300)
    state = models.CharField(
        _("状态"), max_length=11, choices=ChangeState, default=ChangeState.DRAFT
    )
    former_name = models.CharField(_("原名称"), max_length=80)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    filed_at = models.DateTimeField(_("提出时间"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True)
    done_at = models.DateTimeField(_("生效时间"), null=True)
    undo = models.JSONField(_("回退资料"), default=dict)
    outcome = models.CharField(_("结果"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("机构调整")
        verbose_name_plural = _("机构调整")
        default_permissions = ()
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("filed_by")),
                name="reorganisation_two_people",
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=models.Q(state__in=["draft", "approved"]),
                name="reorganisation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.former_name} {self.get_kind_display()}"
