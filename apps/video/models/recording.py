"""What was recorded of a camera, hour by hour. Source: VD-08."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.video.models.cameras import Camera


class RecordingDay(models.Model):
    """Seconds present of each hour of one day, by the clock of Asia/Shanghai.

    seconds: 24 numbers 0-3600, hour 0 first; null where nobody could tell (the recorder did not
    answer). One row holds a day: ten thousand cameras make ten thousand rows a day.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="recording_days", verbose_name=_("摄像机")
    )
    on = models.DateField(_("日期"))
    seconds = ArrayField(
        models.PositiveSmallIntegerField(null=True), size=24, verbose_name=_("各小时在录秒数")
    )
    written_at = models.DateTimeField(_("核对时间"))

    class Meta:
        verbose_name = _("录像记录")
        verbose_name_plural = _("录像记录")
        default_permissions = ()
        ordering = ["-on", "camera"]
        constraints = [
            models.UniqueConstraint(fields=["camera", "on"], name="video_recording_once"),
            models.CheckConstraint(condition=models.Q(seconds__len=24), name="video_recording_day"),
        ]
        indexes = [models.Index(fields=["on"], name="video_recording_on")]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.on}"
