"""The inventory of matters: what every department says it does, before anybody defines it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.common.models import TimeStamped
from apps.matters.enums import InventoryState, MatterKind
from apps.matters.models.matter import MatterDomain, MatterType


class InventoryItem(TimeStamped):
    """One matter of one department, written by it, checked by the centre, confirmed by its head.

    promise: a limit as people write it ("5个工作日"). matter_type: what it was defined as.
    returned_note: why the centre sent it back. Source: MT-05.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("部门")
    )
    name = models.CharField(_("事项名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=12, choices=MatterKind, blank=True, default="")
    domain = models.ForeignKey(
        MatterDomain,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("业务领域"),
    )
    audience = models.CharField(_("服务对象"), max_length=200, blank=True, default="")
    legal_basis = models.CharField(_("法律依据"), max_length=500, blank=True, default="")
    promise = models.CharField(_("承诺时限"), max_length=40, blank=True, default="")
    fee = models.CharField(_("收费"), max_length=200, blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=10, choices=InventoryState, default=InventoryState.DRAFT
    )
    returned_note = models.CharField(_("退回意见"), max_length=500, blank=True, default="")
    matter_type = models.ForeignKey(
        MatterType, models.PROTECT, null=True, related_name="inventory", verbose_name=_("事项")
    )
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(_("核对时间"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("事项清单")
        verbose_name_plural = _("事项清单")
        ordering = ["organization", "name"]
        default_permissions = ()
        permissions = [("fill_inventory", _("填报本单位事项清单"))]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="inventory_item_once"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["checked", "confirmed"])
                | models.Q(checked_by__isnull=False),
                name="inventory_item_checked",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(confirmed_by__isnull=False),
                name="inventory_item_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state"], name="inventory_by_state")]

    def __str__(self) -> str:
        return self.name
