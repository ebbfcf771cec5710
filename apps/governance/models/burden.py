"""The burden meter: how much each form asks, and why it asks what the city holds. GR-12."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.governance.enums import AskedAgainFor


class FormCount(models.Model):
    """What one version of a form asks of whoever fills it; written when first seen.

    form: "matter:hotline.demand". version: of the form, as its owner numbers it. asked: fields
    shown; prefilled: of these filled in for the person; held: facts the city holds already;
    unreasoned: held, not prefilled, and nobody has said why; typed: fields typed by hand
    rather than picked.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    form = models.CharField(_("表单"), max_length=120)
    title = models.CharField(_("名称"), max_length=120)
    version = models.CharField(_("版本"), max_length=64)
    asked = models.PositiveSmallIntegerField(_("采集字段"))
    prefilled = models.PositiveSmallIntegerField(_("预填字段"))
    held = models.PositiveSmallIntegerField(_("已有字段"))
    unreasoned = models.PositiveSmallIntegerField(_("无理由重复采集"))
    typed = models.PositiveSmallIntegerField(_("手工输入"))
    counted_at = models.DateTimeField(_("统计时间"))

    class Meta:
        verbose_name = _("表单负担")
        verbose_name_plural = _("表单负担")
        default_permissions = ()
        ordering = ["form", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "form", "version"], name="form_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.version}"


class AskedReason(models.Model):
    """Why a form asks for a fact the city holds already; ended, never deleted."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    form = models.CharField(_("表单"), max_length=120)
    field = models.CharField(_("字段"), max_length=60)
    kind = models.CharField(_("理由类别"), max_length=9, choices=AskedAgainFor)
    text = models.CharField(_("理由"), max_length=300)
    given_at = models.DateTimeField(_("说明时间"))
    given_by_name = models.CharField(_("说明人"), max_length=100)
    ended_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        verbose_name = _("重复采集理由")
        verbose_name_plural = _("重复采集理由")
        default_permissions = ()
        permissions = [
            ("view_burden", _("查看基层负担")),
            ("keep_reasons", _("说明重复采集理由")),
        ]
        ordering = ["form", "field"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "form", "field"],
                condition=models.Q(ended_at__isnull=True),
                name="asked_reason_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form}.{self.field}"
