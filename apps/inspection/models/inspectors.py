"""Who checks, and whom they must not check (MT-20)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.inspection.enums import ObjectKind
from apps.inspection.models.objects import SupervisedObject
from apps.matters.models import MatterType


class Inspector(models.Model):
    """A colleague who may check on the spot. valid_to: last day of the certificate.

    subjects: the supervision matters the person is qualified for.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("人员")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("所在单位")
    )
    certificate = models.CharField(_("执法证号"), max_length=40)
    valid_to = models.DateField(_("证件有效期至"), null=True)
    subjects = models.ManyToManyField(MatterType, related_name="+", verbose_name=_("可检查事项"))
    is_active = models.BooleanField(_("在岗"), default=True)

    class Meta:
        verbose_name = _("检查人员")
        verbose_name_plural = _("检查人员")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "certificate"], name="inspector_certificate_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def ref(self) -> str:
        """The number under which lists and proofs name the inspector."""
        return f"I{self.pk:05d}"


class Conflict(models.Model):
    """An inspector must not check one object, or any object of a kind (回避); kept when lifted."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="conflicts")
    supervised = models.ForeignKey(
        SupervisedObject, models.PROTECT, null=True, related_name="conflicts"
    )
    kind = models.CharField(_("对象类型"), max_length=8, choices=ObjectKind, blank=True, default="")
    reason = models.CharField(_("回避原因"), max_length=200)
    declared_at = models.DateTimeField(_("登记时间"))
    declared_by_name = models.CharField(_("登记人"), max_length=100)
    lifted_at = models.DateTimeField(_("解除时间"), null=True)
    lifted_by_name = models.CharField(_("解除人"), max_length=100, blank=True, default="")
    lifted_reason = models.CharField(_("解除原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("回避登记")
        verbose_name_plural = _("回避登记")
        default_permissions = ()
        ordering = ["-declared_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(supervised__isnull=False) ^ models.Q(kind__gt=""),
                name="conflict_of_one_or_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspector} × {self.supervised or self.get_kind_display()}"
