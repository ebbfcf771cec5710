"""Somebody says a counted row should not count, or not for that cause; another person rules."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.appraisal.enums import AppealState, Cause, Wish
from apps.assets.models import Asset
from apps.common.models import StoredFile


class Appeal(models.Model):
    """An appeal against one row of a month (运维考核申诉).

    key: as ``PointFact.key``; a granted one holds however often the month is computed anew.
    asset or person: whose row it is. cause: what it asks to be counted as, for
    ``Wish.RECAUSE``. area_path, vendor: of the point then, for who may see it; of a person's row
    the unit.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("考核月"))
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        verbose_name=_("被评定人"),
    )  # fmt: skip
    key = models.CharField(_("依据"), max_length=60)
    label = models.CharField(_("内容"), max_length=160)
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    vendor = models.CharField(_("维保单位"), max_length=80, blank=True, default="")
    wish = models.CharField(_("申诉请求"), max_length=9, choices=Wish)
    cause = models.CharField(_("应计原因"), max_length=9, choices=Cause, blank=True, default="")
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
        verbose_name = _("运维考核申诉")
        verbose_name_plural = _("运维考核申诉")
        default_permissions = ()
        permissions = [
            ("file_ops_appeals", _("申诉运维考核")),
            ("rule_ops_appeals", _("裁定运维考核申诉")),
        ]
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month", "key"], name="ops_appeal_once"),
            models.CheckConstraint(
                condition=models.Q(ruled_by_id__isnull=True)
                | ~models.Q(ruled_by_id=models.F("filed_by_id")),
                name="ops_appeal_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(wish=Wish.RECAUSE) | ~models.Q(cause=""),
                name="ops_appeal_names_a_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(asset__isnull=False) ^ models.Q(person__isnull=False),
                name="ops_appeal_about_one",
            ),
        ]

    def __str__(self) -> str:
        return self.label
