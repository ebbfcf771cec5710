from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.evidence.enums import RunState, Trigger


class Verification(models.Model):
    """One look at everything: log, seals, checkpoints, copies, stamps, witnesses, archives.

    faults: the first of each kind, each {"kind", "text", "seal", "sequence", "entry_id", "at"};
    empty: whole.
    """

    state = models.CharField(_("状态"), max_length=10, choices=RunState, default=RunState.WAITING)
    trigger = models.CharField(_("方式"), max_length=10, choices=Trigger)
    asked_by = models.CharField(_("发起人"), max_length=100)
    asked_at = models.DateTimeField(_("发起时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    seals = models.PositiveBigIntegerField(_("封存"), default=0)
    rows = models.PositiveBigIntegerField(_("记录"), default=0)
    unsealed = models.PositiveBigIntegerField(_("未封存"), default=0)
    checkpoints = models.PositiveBigIntegerField(_("检查点"), default=0)
    stamps = models.PositiveBigIntegerField(_("时间戳"), default=0)
    testimonies = models.PositiveBigIntegerField(_("见证"), default=0)
    faults: Any = models.JSONField(_("问题"), default=list)

    class Meta:
        verbose_name = _("核验")
        verbose_name_plural = _("核验")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_whole(self) -> bool:
        return self.state == RunState.DONE and not self.faults
