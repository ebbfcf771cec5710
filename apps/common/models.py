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
        permissions = [("manage_outbox", _("管理发件箱"))]
        constraints = [
            models.UniqueConstraint(fields=["topic", "key"], name="outbox_topic_key_once"),
        ]
        indexes = [
            models.Index(
                fields=["available_at", "id"],
                name="outbox_waiting",
                condition=models.Q(processed_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(
                fields=["dead_at"],
                name="outbox_dead",
                condition=models.Q(dead_at__isnull=False),
            ),
            models.Index(
                fields=["processed_at"],
                name="outbox_processed",
                condition=models.Q(processed_at__isnull=False),
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
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"))
    width_px = models.PositiveIntegerField(_("宽（像素）"), null=True)
    height_px = models.PositiveIntegerField(_("高（像素）"), null=True)
    created_at = models.DateTimeField(_("存入时间"))

    class Meta:
        verbose_name = _("文件")
        verbose_name_plural = _("文件")

    def __str__(self) -> str:
        return self.sha256[:12]


class IdempotencyRecord(models.Model):
    """The answer given to a request that carried a key; see ``apps.common.idempotency``."""

    scope = models.CharField(_("范围"), max_length=120)
    key = models.CharField(_("幂等键"), max_length=200)
    request_digest = models.CharField(_("请求摘要"), max_length=64)
    response = models.JSONField(_("答复"), default=dict)
    created_at = models.DateTimeField(_("写入时间"))
    expires_at = models.DateTimeField(_("保留至"), db_index=True)

    class Meta:
        verbose_name = _("幂等记录")
        verbose_name_plural = _("幂等记录")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scope}:{self.key}"


class RateCounter(models.Model):
    """How often something happened in one span of time, while Redis is away.

    window: number of the span since 1970. See ``apps.common.ratelimit``.
    """

    scope = models.CharField(_("范围"), max_length=60)
    key_digest = models.CharField(_("对象摘要"), max_length=64)
    window = models.BigIntegerField(_("时段"))
    hits = models.PositiveIntegerField(_("次数"), default=0)
    expires_at = models.DateTimeField(_("保留至"), db_index=True)

    class Meta:
        verbose_name = _("频次计数")
        verbose_name_plural = _("频次计数")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key_digest", "window"], name="rate_counter_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}:{self.window}"


class Dictionary(models.Model):
    """A code list, for example 性别代码 or 退单原因. Source: CO-02."""

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=80)
    source = models.CharField(_("依据"), max_length=120, blank=True, default="")
    is_national = models.BooleanField(_("国家标准"), default=False)

    class Meta:
        verbose_name = _("字典")
        verbose_name_plural = _("字典")
        ordering = ["code"]
        permissions = [("manage_dictionaries", _("维护字典"))]

    def __str__(self) -> str:
        return self.name


class DictionaryEntry(models.Model):
    """One code with its label, from a day to a day (both included; open: without end).

    A code is never reused for another meaning and never deleted: a retired one stays readable
    on old records and cannot be chosen anew.
    """

    dictionary = models.ForeignKey(Dictionary, models.PROTECT, related_name="entries")
    code = models.CharField(_("代码"), max_length=60)
    label = models.CharField(_("名称"), max_length=120)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )
    position = models.PositiveIntegerField(_("顺序"), default=0)
    from_on = models.DateField(_("启用日期"), null=True, blank=True)
    to_on = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("字典项")
        verbose_name_plural = _("字典项")
        ordering = ["dictionary", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["dictionary", "code"], name="dictionary_code_once"),
            models.CheckConstraint(
                condition=models.Q(from_on__isnull=True)
                | models.Q(to_on__isnull=True)
                | models.Q(to_on__gte=models.F("from_on")),
                name="dictionary_entry_span",
            ),
        ]

    def __str__(self) -> str:
        return self.label
