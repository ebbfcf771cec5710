"""What enforcement officers recorded. Source: VD-15."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.common.models import StoredFile
from apps.places.models import Area
from apps.video.enums import MediaClass


class EnforcementMedia(models.Model):
    """One recording or picture of enforcement (执法视音频), kept as it came.

    file: null once its time is over and the bytes are gone; digest: SHA-256 of what came, stays.
    case_number: of the case it belongs to, "" for none. kept_until: the last day; is_held: kept
    beyond it, for a case. Nothing in it is changed after upload but label, class and hold.
    """

    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("文件")
    )
    digest = models.CharField(_("摘要"), max_length=64)
    media_type = models.CharField(_("类型"), max_length=100)
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"))
    title = models.CharField(_("标题"), max_length=80)
    label = models.CharField(_("标注"), max_length=200, blank=True, default="")
    media_class = models.CharField(_("类别"), max_length=10, choices=MediaClass)
    case_number = models.CharField(_("案件号"), max_length=40, blank=True, default="")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("执法单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    recorded_at = models.DateTimeField(_("录制时间"))
    recorder_name = models.CharField(_("执法人员"), max_length=40)
    device_code = models.CharField(_("记录仪编号"), max_length=40, blank=True, default="")
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("上传人")
    )
    uploaded_at = models.DateTimeField(_("上传时间"))
    kept_until = models.DateField(_("保存至"))
    is_held = models.BooleanField(_("延期保存"), default=False)
    hold_reason = models.CharField(_("延期原因"), max_length=200, blank=True, default="")
    erased_at = models.DateTimeField(_("销毁时间"), null=True)

    class Meta:
        verbose_name = _("执法视音频")
        verbose_name_plural = _("执法视音频")
        default_permissions = ()
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "unit"], name="video_media_once"),
            models.CheckConstraint(
                condition=Q(file__isnull=False) | Q(erased_at__isnull=False),
                name="video_media_there_or_erased",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kept_until"],
                name="video_media_due",
                condition=Q(erased_at__isnull=True, is_held=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
