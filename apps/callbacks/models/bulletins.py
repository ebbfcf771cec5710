"""The hotline's monthly bulletin (热线月报). Source: HL-17, AP-03; hotline-grid 3.1."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.callbacks.enums import BulletinState
from apps.common.models import StoredFile


class Bulletin(models.Model):
    """One edition of one month. An issued one never changes; a correction is a new edition.

    month: its first day. figures: as ``selectors.figures.count_figures`` gives them.
    paragraphs: {code: text}, written from the figures and editable until it is submitted.
    digest: SHA-256 over both, taken when it is approved. correction: why this edition exists.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("月份"))
    edition = models.PositiveSmallIntegerField(_("版次"), default=1)
    state = models.CharField(
        _("状态"), max_length=10, choices=BulletinState, default=BulletinState.COUNTING
    )
    correction = models.CharField(_("更正原因"), max_length=300, blank=True, default="")
    figures = models.JSONField(_("数据"), default=dict)
    paragraphs = models.JSONField(_("文字"), default=dict)
    digest = models.CharField(_("摘要"), max_length=64, blank=True, default="")
    counted_at = models.DateTimeField(_("统计时间"), null=True)
    created_at = models.DateTimeField(_("编制时间"))
    author_id = models.BigIntegerField(_("编制人编号"))
    author_name = models.CharField(_("编制人"), max_length=100)
    approver_id = models.BigIntegerField(_("审批人编号"), null=True)
    approver_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    issued_at = models.DateTimeField(_("发布时间"), null=True)
    word = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("热线月报")
        verbose_name_plural = _("热线月报")
        default_permissions = ()
        permissions = [
            ("draft_bulletins", _("编制热线月报")),
            ("approve_bulletins", _("审批热线月报")),
        ]
        ordering = ["tenant", "-month", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "month", "edition"], name="bulletin_edition_once"
            ),
            models.CheckConstraint(
                condition=Q(approver_id__isnull=True) | ~Q(approver_id=F("author_id")),
                name="bulletin_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "replaced"])
                | Q(issued_at__isnull=False, word__isnull=False, pdf__isnull=False),
                name="bulletin_issued_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} 第{self.edition}版"

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return (self.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
