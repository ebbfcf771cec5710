"""What a drawn check found, and its publication (MT-19)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.models import StoredFile
from apps.inspection.enums import Finding
from apps.inspection.models.draws import DrawResult


class CheckResult(models.Model):
    """The result of one check on the spot, recorded by a drawn inspector.

    items: {code of the matter's legal item: ItemResult}. public_text: what the public reads.
    Who recorded never publishes. One that was sent back stays as it was, with the reason;
    the corrected one is the next version. live_of: the drawn object again for the version that
    counts, null for those sent back.
    """

    result = models.ForeignKey(DrawResult, models.PROTECT, related_name="checks")
    version = models.PositiveSmallIntegerField(_("版本"), default=1)
    live_of = models.OneToOneField(
        DrawResult, models.PROTECT, null=True, related_name="check_result"
    )
    finding = models.CharField(_("检查结论"), max_length=10, choices=Finding)
    items = models.JSONField(_("分项结果"), default=dict)
    text = models.TextField(_("检查情况"), max_length=2000)
    public_text = models.CharField(_("公示内容"), max_length=300, blank=True, default="")
    checked_on = models.DateField(_("检查日期"))
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("记录文件名"), max_length=120, blank=True, default="")
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人")
    )
    published_at = models.DateTimeField(_("公示时间"), null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    returned_at = models.DateTimeField(_("退回时间"), null=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    returned_reason = models.CharField(_("退回原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("检查结果")
        verbose_name_plural = _("检查结果")
        default_permissions = ()
        permissions = [
            ("record_results", _("登记检查结果")),
            ("publish_results", _("公示检查结果")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(published_by__isnull=True)
                | ~models.Q(published_by=models.F("recorded_by")),
                name="check_published_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(returned_by__isnull=True)
                | ~models.Q(returned_by=models.F("recorded_by")),
                name="check_returned_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    returned_at__isnull=True, live_of__isnull=False, live_of=models.F("result")
                )
                | models.Q(
                    returned_at__isnull=False, live_of__isnull=True, published_at__isnull=True
                )
                & ~models.Q(returned_reason=""),
                name="check_live_or_returned",
            ),
            models.UniqueConstraint(fields=["result", "version"], name="check_version_once"),
        ]
        indexes = [models.Index(fields=["-published_at"], name="check_published")]

    def __str__(self) -> str:
        return f"{self.result} {self.get_finding_display()}"
