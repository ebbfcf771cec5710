"""Proof of repair: the pictures of a case with what is known of them, and what they prove."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.utils.translation import gettext_lazy as _

from apps.common.models import StoredFile
from apps.grid.enums import Judgement, Phase
from apps.grid.models.event import GridEvent


class ScenePhoto(models.Model):
    """A picture of the place, before or after.

    point, accuracy_m, taken_at: as the phone said; null for pictures without.
    scene_hash: 64 bits (signed), see ``grid.scenes``; null for a picture too plain to compare.
    bands: the four quarters of the hash with their position, for finding near ones by index.
    reused_of: the picture of another case that shows the same.
    """

    event = models.ForeignKey(GridEvent, models.PROTECT, related_name="photos")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    phase = models.CharField(_("时点"), max_length=6, choices=Phase)
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    point = models.PointField(_("拍摄位置"), srid=4326, null=True)
    accuracy_m = models.FloatField(_("定位精度（米）"), null=True)
    taken_at = models.DateTimeField(_("拍摄时间"), null=True)
    added_at = models.DateTimeField(_("加入时间"))
    scene_hash = models.BigIntegerField(_("画面指纹"), null=True)
    bands = ArrayField(models.IntegerField(), default=list)
    reused_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("现场照片")
        verbose_name_plural = _("现场照片")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "file", "phase", "round"], name="grid_photo_once"
            ),
        ]
        indexes = [
            GinIndex(fields=["bands"], name="grid_photo_bands"),
            models.Index(fields=["file", "-id"], name="grid_photo_file"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.get_phase_display()}"


class PairVerdict(models.Model):
    """What a picture after the repair proves beside one from before.

    Each measure has its own judgement; ``verdict`` is the worst of them. place: metres between
    the places of taking against limit_m. time: after later than before and than the dispatch.
    likeness: bits of the scene hash that differ, 0 the same picture, 32 nothing in common.
    reuse: whether the picture belongs to another case, or is the one from before.
    words: the judgement in sentences. overridden_*: who let it pass, and why.
    """

    event = models.ForeignKey(GridEvent, models.PROTECT, related_name="verdicts")
    before = models.ForeignKey(ScenePhoto, models.PROTECT, null=True, related_name="+")
    after = models.OneToOneField(ScenePhoto, models.PROTECT, related_name="verdict")
    distance_m = models.FloatField(_("间距（米）"), null=True)
    limit_m = models.PositiveSmallIntegerField(_("间距上限（米）"))
    place = models.CharField(_("位置"), max_length=8, choices=Judgement)
    elapsed_s = models.BigIntegerField(_("相隔（秒）"), null=True)
    time = models.CharField(_("时间"), max_length=8, choices=Judgement)
    bits = models.PositiveSmallIntegerField(_("画面差异"), null=True)
    likeness = models.CharField(_("画面"), max_length=8, choices=Judgement)
    reuse = models.CharField(_("重复使用"), max_length=8, choices=Judgement)
    verdict = models.CharField(_("结论"), max_length=8, choices=Judgement)
    words = models.JSONField(_("说明"), default=list)
    judged_at = models.DateTimeField(_("比对时间"))
    overridden_at = models.DateTimeField(_("认可时间"), null=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    override_reason = models.CharField(_("认可理由"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("照片比对")
        verbose_name_plural = _("照片比对")
        default_permissions = ()
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event_id} {self.get_verdict_display()}"
