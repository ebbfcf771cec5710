"""The words people use for places, and those nobody could place."""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.places.enums import GazetteerKind, ImportState, UnplacedCause, UnplacedState
from apps.places.models.areas import Area


class GazetteerEntry(models.Model):
    """A name people use for a place, with where it is.

    aliases: other names of the same place as people write them.
    search_text: name and aliases as ``places.text.address_key`` gives them, joined by spaces,
    for trigram search; each one is also a ``GazetteerKey`` for exact look-up.
    house_number: the leading number of a door plate, for places between two plates; of a
    building, a unit or a pole, its own.
    closed_at: the place is no more; the row stays, no text is understood as it any longer.
    """

    kind = models.CharField(_("类别"), max_length=12, choices=GazetteerKind)
    name = models.CharField(_("名称"), max_length=120)
    aliases = models.JSONField(_("别名"), default=list, blank=True)
    search_text = models.CharField(_("检索文本"), max_length=600)
    house_number = models.PositiveIntegerField(_("门牌号"), null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("所属地名"),
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在区域")
    )
    geometry = models.GeometryField(_("位置"), srid=4326)
    point = models.PointField(_("代表点"), srid=4326)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")
    closed_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    closed_note = models.CharField(_("停用原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("地名")
        verbose_name_plural = _("地名")
        indexes = [
            GinIndex(fields=["search_text"], name="gazetteer_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["kind", "name"], name="gazetteer_kind_name"),
            models.Index(
                fields=["parent", "house_number"],
                name="gazetteer_house_number",
                condition=Q(kind="number"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GazetteerKey(models.Model):
    """One spelling under which an entry is found exactly.

    A table of its own, because hundreds of pieces of a text are looked up at once: a btree
    answers in a millisecond where an array column with GIN was read from end to end.
    """

    entry = models.ForeignKey(GazetteerEntry, models.CASCADE, related_name="keys")
    key = models.CharField(_("检索键"), max_length=120)

    class Meta:
        verbose_name = _("地名检索键")
        verbose_name_plural = _("地名检索键")
        constraints = [
            models.UniqueConstraint(fields=["key", "entry"], name="gazetteer_key_once"),
        ]

    def __str__(self) -> str:
        return self.key


class GazetteerSlip(models.Model):
    """A spelling one slip away from an entry's name, see ``places.slips``.

    Only for names people spell from memory (roads, estates, known places), looked up only
    where a text names something the gazetteer does not know.
    """

    entry = models.ForeignKey(GazetteerEntry, models.CASCADE, related_name="slips")
    key = models.CharField(_("检索键"), max_length=120)

    class Meta:
        verbose_name = _("近似检索键")
        verbose_name_plural = _("近似检索键")
        constraints = [
            models.UniqueConstraint(fields=["key", "entry"], name="gazetteer_slip_once"),
        ]

    def __str__(self) -> str:
        return self.key


class GazetteerImport(models.Model):
    """One file of place names: kept from its preview until it is applied.

    content: the file as it came, emptied when applied (the digest stays).
    summary: counts, and every error by row. actor_id, actor_name: by value.
    """

    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("摘要"), max_length=64)
    content = models.BinaryField(_("内容"), blank=True, default=b"")
    crs = models.CharField(_("坐标系"), max_length=20)
    source = models.CharField(_("来源"), max_length=120)
    state = models.CharField(
        _("状态"), max_length=12, choices=ImportState, default=ImportState.PREVIEWED
    )
    summary = models.JSONField(_("摘要信息"), default=dict)
    actor_id = models.CharField(_("操作人编号"), max_length=40, blank=True, default="")
    actor_name = models.CharField(_("操作人"), max_length=100)
    created_at = models.DateTimeField(_("上传时间"))
    applied_at = models.DateTimeField(_("写入时间"), null=True)

    class Meta:
        verbose_name = _("地名导入")
        verbose_name_plural = _("地名导入")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class UnplacedText(models.Model):
    """Words for a place that the gazetteer could not place, and all that resemble them.

    stem: the part that was not understood, by which reports are put together. sample: the
    words first reported, masked. area_path: where the reports lie, for the viewer's reach.
    point: where clerks put it by hand, the last one. entry: what it became.
    """

    stem = models.CharField(_("未识别部分"), max_length=120)
    sample = models.CharField(_("原文"), max_length=300)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    cause = models.CharField(_("原因"), max_length=10, choices=UnplacedCause)
    times = models.PositiveIntegerField(_("次数"), default=0)
    point = models.PointField(_("人工选点"), srid=4326, null=True, blank=True)
    first_at = models.DateTimeField(_("首次出现"))
    last_at = models.DateTimeField(_("最近出现"))
    state = models.CharField(
        _("状态"), max_length=10, choices=UnplacedState, default=UnplacedState.OPEN
    )
    entry = models.ForeignKey(
        GazetteerEntry,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("对应地名"),
    )
    note = models.CharField(_("处理说明"), max_length=200, blank=True, default="")
    decided_by = models.CharField(_("处理人"), max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("未匹配地址")
        verbose_name_plural = _("未匹配地址")
        indexes = [
            GinIndex(fields=["stem"], name="unplaced_stem_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["state", "-times", "-id"], name="unplaced_queue"),
        ]

    def __str__(self) -> str:
        return self.sample


class UnplacedReport(models.Model):
    """One time the words were reported. text: masked; origin: what it came from, once each."""

    unplaced = models.ForeignKey(UnplacedText, models.CASCADE, related_name="reports")
    origin = models.CharField(_("来源编号"), max_length=60, unique=True)
    text = models.CharField(_("原文"), max_length=300)
    point = models.PointField(_("人工选点"), srid=4326, null=True, blank=True)
    reported_at = models.DateTimeField(_("出现时间"))

    class Meta:
        verbose_name = _("未匹配地址的一次出现")
        verbose_name_plural = _("未匹配地址的各次出现")
        ordering = ["-reported_at", "-id"]

    def __str__(self) -> str:
        return self.text


class ReadingMark(models.Model):
    """How far a source of texts has been read for places nobody knows. last_id: its last key."""

    source = models.SlugField(_("来源"), unique=True)
    last_id = models.BigIntegerField(_("已读到"), default=0)

    class Meta:
        verbose_name = _("读取进度")
        verbose_name_plural = _("读取进度")

    def __str__(self) -> str:
        return f"{self.source}: {self.last_id}"
