"""What stands where the people of a case were: that they are gone, when and why; no content."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import Depth
from apps.matters.models.case import Case


class Tombstone(models.Model):
    """One per case, never taken away (trigger). The case itself stays for the figures.

    rule: version and line of the schedule it went under, by value. counts: rows changed, by app.
    files: SHA-256 of what was dropped from the disk. digest: keyed, over title and text as they
    were, so that a paper somebody brings can be recognised and nothing can be guessed from it.
    sealed_at: set at the end of the same transaction; until then, and never again, the database
    lets the history of the case be changed. reapplied_from: when it first went, where a backup
    had brought it back.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="tombstone")
    number = models.CharField(_("受理编号"), max_length=20)
    at = models.DateTimeField(_("匿名化时间"))
    depth = models.CharField(_("方式"), max_length=8, choices=Depth)
    rule = models.CharField(_("依据"), max_length=80)
    by_name = models.CharField(_("执行"), max_length=100)
    counts = models.JSONField(_("记录数"), default=dict)
    files = ArrayField(models.CharField(max_length=64), default=list, verbose_name=_("已删文件"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    sealed_at = models.DateTimeField(_("封存时间"), null=True)
    reapplied_from = models.DateTimeField(_("首次匿名化时间"), null=True)

    class Meta:
        verbose_name = _("墓碑")
        verbose_name_plural = _("墓碑")
        default_permissions = ()
        indexes = [models.Index(fields=["-at", "-id"], name="tombstone_newest")]

    def __str__(self) -> str:
        return self.number
