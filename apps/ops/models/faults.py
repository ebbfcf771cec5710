"""Fault levels and fault kinds, as data (OP-22)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.ops.enums import Cause, LimitUnit, Tier


class FaultLevel(models.Model):
    """How grave a fault is: how soon somebody is at work on it, and how soon it is mended.

    number: 1 is the gravest. first_tier: whose contract an order of it goes to first, "" for the
    nearest that covers the thing. An order keeps the limits it was given: a change serves later
    ones only.
    Source: OP-22.
    """

    number = models.PositiveSmallIntegerField(
        _("等级"), unique=True, validators=[MinValueValidator(1)]
    )
    name = models.CharField(_("名称"), max_length=40)
    description = models.CharField(_("说明"), max_length=200, blank=True, default="")
    respond_amount = models.PositiveIntegerField(_("响应时限"), validators=[MinValueValidator(1)])
    respond_unit = models.CharField(_("响应时限单位"), max_length=20, choices=LimitUnit)
    restore_amount = models.PositiveIntegerField(_("修复时限"), validators=[MinValueValidator(1)])
    restore_unit = models.CharField(_("修复时限单位"), max_length=20, choices=LimitUnit)

    first_tier = models.CharField(
        _("优先层级"), max_length=12, choices=Tier, blank=True, default=""
    )

    class Meta:
        verbose_name = _("故障等级")
        verbose_name_plural = _("故障等级")
        default_permissions = ()
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}{_('级')} {self.name}"


class FaultKind(models.Model):
    """What can be wrong, with what is usually true of it.

    proof: the kind of automatic proof an order of it needs before it may be closed, "" for
    none; needs_photo: whether the repairer must send a picture from after the repair.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    level = models.ForeignKey(
        FaultLevel, models.PROTECT, related_name="+", verbose_name=_("默认等级")
    )
    cause = models.CharField(
        _("常见原因"), max_length=10, choices=Cause, blank=True, default=Cause.UNKNOWN
    )
    needs_photo = models.BooleanField(_("须上传修复照片"), default=True)
    proof = models.SlugField(_("自动佐证"), max_length=40, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("故障类型")
        verbose_name_plural = _("故障类型")
        default_permissions = ()
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AutoOrder(models.Model):
    """Whether alarms of data quality become orders of a body by themselves (OP-27).

    A body without a row has it on, as version 1; each change is the next version, and an order
    keeps the version it was opened under.
    """

    tenant = models.OneToOneField(
        Tenant, models.PROTECT, related_name="+", verbose_name=_("所属单位")
    )
    is_on = models.BooleanField(_("启用"), default=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by_name = models.CharField(_("修改人"), max_length=100)

    class Meta:
        verbose_name = _("自动开单规则")
        verbose_name_plural = _("自动开单规则")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{_('数据质量自动开单')} v{self.version}"
