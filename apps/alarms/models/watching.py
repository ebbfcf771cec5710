"""When each watcher looked last, and what it saw."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WatchRound(models.Model):
    """The last look of a watcher (自动检查). Source: AL-03.

    text: its figures, in the words of the platform's language; failed_at: since when it cannot
    look, null where it can; error: the name of what keeps it from looking.
    """

    code = models.CharField(_("代码"), max_length=60, primary_key=True)
    looked_at = models.DateTimeField(_("检查时间"), null=True)
    text = models.CharField(_("检查结果"), max_length=300, blank=True, default="")
    failed_at = models.DateTimeField(_("无法检查起始时间"), null=True)
    error = models.CharField(_("错误"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("自动检查")
        verbose_name_plural = _("自动检查")
        default_permissions = ()

    def __str__(self) -> str:
        return self.code
