"""Calls of own models by programs outside. Source: CP-04."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.algorithms.models.queue import WorkItem


class ModelCall(models.Model):
    """One picture given to a published model: by whom, why; state and result are the work's.

    picture: JPEG or PNG written anew, null once the call is over.
    """

    item = models.OneToOneField(
        WorkItem, models.PROTECT, related_name="call", verbose_name=_("解析作业")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("调用人"))
    reason = models.CharField(_("事由"), max_length=200)
    picture = models.BinaryField(_("图片"), null=True)

    class Meta:
        verbose_name = _("模型调用")
        verbose_name_plural = _("模型调用")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.pk)
