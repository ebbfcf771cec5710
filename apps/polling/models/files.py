"""Files of readings that loggers wrote, and what was wrong in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.polling.enums import FileSource, FileState


class ReadingFile(models.Model):
    """One file taken in. Its bytes are kept until they are worked through. Source: IO-09.

    digest: SHA-256; the same file of the same sender is there once. sent_by: nobody for files
    from the watched folder. lines: worked through so far; stored, duplicates: values.
    claimed_until: one worker is at it until then.
    """

    name = models.CharField(_("文件名"), max_length=120)
    digest = models.CharField(_("摘要"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"))
    source = models.CharField(_("来源"), max_length=8, choices=FileSource)
    state = models.CharField(_("状态"), max_length=8, choices=FileState, default=FileState.WAITING)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提交人")
    )
    created_at = models.DateTimeField(_("提交时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    lines = models.PositiveBigIntegerField(_("已处理行数"), default=0)
    stored = models.PositiveBigIntegerField(_("存入"), default=0)
    duplicates = models.PositiveBigIntegerField(_("重复"), default=0)
    refused = models.PositiveBigIntegerField(_("未收"), default=0)
    error = models.CharField(_("错误"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("读数文件")
        verbose_name_plural = _("读数文件")
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "sent_by"], name="polling_file_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FileProblem(models.Model):
    """One line of a file that was not taken, and why; the first ten thousand of a file."""

    file = models.ForeignKey(
        ReadingFile, models.CASCADE, related_name="problems", verbose_name=_("读数文件")
    )
    line = models.PositiveBigIntegerField(_("行号"))
    node = models.CharField(_("节点编号"), max_length=64, blank=True, default="")
    field = models.CharField(_("字段"), max_length=40, blank=True, default="")
    reason = models.CharField(_("原因"), max_length=16)

    class Meta:
        verbose_name = _("文件问题")
        verbose_name_plural = _("文件问题")
        default_permissions = ()
        ordering = ["line", "pk"]

    def __str__(self) -> str:
        return f"{self.line} {self.reason}"
