"""Rows without business meaning that every app needs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TimeStamped(models.Model):
    """Knows when it was made and last touched; both aware, set by the writer function."""

    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        abstract = True


class OutboxMessage(models.Model):
    """A duty: an effect that must happen once after the transaction that ordered it.

    Written with ``outbox.enqueue`` in the same transaction as its cause, claimed with
    ``FOR UPDATE SKIP LOCKED`` by ``outbox.drain``. ``key`` makes ordering it twice harmless.
    """

    topic = models.CharField(_("主题"), max_length=80)
    key = models.CharField(_("去重键"), max_length=200)
    payload = models.JSONField(_("内容"), default=dict)
    created_at = models.DateTimeField(_("写入时间"))
    available_at = models.DateTimeField(_("可处理时间"))
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    last_error = models.TextField(_("最近错误"), blank=True, default="")
    processed_at = models.DateTimeField(_("处理时间"), null=True)
    dead_at = models.DateTimeField(_("放弃时间"), null=True)

    class Meta:
        verbose_name = _("待办发件")
        verbose_name_plural = _("待办发件箱")
        constraints = [
            models.UniqueConstraint(fields=["topic", "key"], name="outbox_topic_key_once"),
        ]
        indexes = [
            models.Index(
                fields=["available_at", "id"],
                name="outbox_waiting",
                condition=models.Q(processed_at__isnull=True, dead_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}:{self.key}"


class StoredFile(models.Model):
    """One uploaded file, kept once per digest under ``MEDIA_ROOT/files/ab/cd/<sha256>``.

    Never served by its path: a view checks the permission of the record that cites it.
    Source: CO-04.
    """

    sha256 = models.CharField(_("摘要"), max_length=64, unique=True)
    path = models.CharField(_("路径"), max_length=200)
    thumbnail_path = models.CharField(_("缩略图路径"), max_length=200, blank=True, default="")
    media_type = models.CharField(_("类型"), max_length=100)
    size_bytes = models.PositiveBigIntegerField(_("大小(字节)"))
    width_px = models.PositiveIntegerField(_("宽(像素)"), null=True)
    height_px = models.PositiveIntegerField(_("高(像素)"), null=True)
    created_at = models.DateTimeField(_("存入时间"))

    class Meta:
        verbose_name = _("文件")
        verbose_name_plural = _("文件")

    def __str__(self) -> str:
        return self.sha256[:12]
