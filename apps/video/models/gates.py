"""Gate cameras (卡口): what their servers say each hour of vehicles and plates. Source: VD-13."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.video.models.cameras import Camera


class Gate(models.Model):
    """A camera that counts vehicles and reads plates.

    plate_norm: the share of passing vehicles whose plate must be read, 0 to 1. heard_at: when its
    server last said anything; fault: what the server said is wrong with camera or server, "" for
    nothing.
    """

    camera = models.OneToOneField(
        Camera, models.CASCADE, related_name="gate", verbose_name=_("摄像机")
    )
    plate_norm = models.FloatField(
        _("号牌识别率标准"),
        default=0.9,
        validators=[MinValueValidator(0.01), MaxValueValidator(1)],
    )
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))
    heard_at = models.DateTimeField(_("最近上报"), null=True)
    fault = models.CharField(_("自报故障"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("卡口")
        verbose_name_plural = _("卡口")
        default_permissions = ()
        ordering = ["camera__gb_code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plate_norm__gt=0, plate_norm__lte=1), name="video_gate_norm"
            ),
        ]

    def __str__(self) -> str:
        return str(self.camera_id)


class GateHour(models.Model):
    """One hour of a gate. hour: its beginning; read: vehicles whose plate was read."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="hours", verbose_name=_("卡口"))
    hour = models.DateTimeField(_("小时"))
    passes = models.PositiveIntegerField(_("过车数"))
    read = models.PositiveIntegerField(_("识别号牌数"))
    written_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("卡口小时数据")
        verbose_name_plural = _("卡口小时数据")
        default_permissions = ()
        ordering = ["-hour"]
        constraints = [
            models.UniqueConstraint(fields=["gate", "hour"], name="video_gate_hour_once"),
            models.CheckConstraint(condition=Q(read__lte=F("passes")), name="video_gate_read"),
        ]

    def __str__(self) -> str:
        return f"{self.gate_id} {self.hour:%Y-%m-%d %H}"
