"""What a template and a formula have alike: written by one person, approved by another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.governance.enums import TextState


class Versioned(models.Model):
    """A numbered version of a text that decides something; a published one never changes."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=80)
    basis = models.CharField(_("依据"), max_length=300)
    body = models.JSONField(_("内容"))
    state = models.CharField(_("状态"), max_length=10, choices=TextState, default=TextState.DRAFT)
    created_at = models.DateTimeField(_("编制时间"))
    author_id = models.BigIntegerField(_("编制人编号"), null=True)
    author_name = models.CharField(_("编制人"), max_length=100)
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    approver_id = models.BigIntegerField(_("审批人编号"), null=True)
    approver_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"
