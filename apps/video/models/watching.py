"""Who may look through a camera of others, and who looked. Source: VD-01, VD-03."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.video.enums import PlayKind, Purpose, RequestState
from apps.video.models.cameras import Camera


class CameraGrant(models.Model):
    """A camera opened to another department for a while (视频共享授权).

    unit: people of it and below may play the camera until the last day, included. Recordings
    only with ``with_records``. ended_at: taken back before.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="grants", verbose_name=_("摄像机")
    )
    unit = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", verbose_name=_("使用单位")
    )
    since = models.DateField(_("起始日期"))
    until = models.DateField(_("截止日期"))
    with_records = models.BooleanField(_("含录像"), default=False)
    granted_by_name = models.CharField(_("授权人"), max_length=100)
    ended_at = models.DateTimeField(_("收回时间"), null=True)

    class Meta:
        verbose_name = _("视频共享授权")
        verbose_name_plural = _("视频共享授权")
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [models.Index(fields=["unit", "until"], name="video_grant_of")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="video_grant_span"),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} → {self.unit}"


class CameraRequest(models.Model):
    """A department asks for a camera of another (视频共享申请). Decided by a second person."""

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="requests", verbose_name=_("摄像机")
    )
    unit = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", verbose_name=_("申请单位")
    )
    reason = models.CharField(_("用途"), max_length=300)
    since = models.DateField(_("起始日期"))
    until = models.DateField(_("截止日期"))
    with_records = models.BooleanField(_("含录像"), default=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=RequestState, default=RequestState.WAITING
    )
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    note = models.CharField(_("审核意见"), max_length=300, blank=True, default="")
    grant = models.OneToOneField(
        CameraGrant, models.SET_NULL, null=True, related_name="request", verbose_name=_("授权")
    )

    class Meta:
        verbose_name = _("视频共享申请")
        verbose_name_plural = _("视频共享申请")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="video_request_span"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="video_request_two_persons",
            ),
            models.UniqueConstraint(
                fields=["camera", "unit"],
                condition=Q(state=RequestState.WAITING),
                name="video_request_waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} → {self.unit}"


class Play(models.Model):
    """One look through a camera: who, when, why, how long (视频访问日志). Kept by value.

    key_digest: SHA-256 of the link's own number, which the media server shows us. until: the
    link is good so long; seen_at: the page told last that it still plays; ended_at: closed, or
    refused by the media server. record_since, record_until: of recordings the time played.
    """

    camera = models.ForeignKey(
        Camera, models.PROTECT, related_name="plays", verbose_name=_("摄像机")
    )
    viewer_id = models.CharField(_("观看人编号"), max_length=40)
    viewer_name = models.CharField(_("观看人"), max_length=100)
    unit_name = models.CharField(_("单位"), max_length=80, blank=True, default="")
    grant = models.ForeignKey(
        CameraGrant, models.SET_NULL, null=True, related_name="plays", verbose_name=_("授权")
    )
    kind = models.CharField(_("内容"), max_length=6, choices=PlayKind)
    purpose = models.CharField(_("目的"), max_length=10, choices=Purpose)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    key_digest = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField(_("开始时间"))
    until = models.DateTimeField(_("链接有效至"))
    seen_at = models.DateTimeField(_("最近在看"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    record_since = models.DateTimeField(_("录像起"), null=True)
    record_until = models.DateTimeField(_("录像止"), null=True)

    class Meta:
        verbose_name = _("视频访问")
        verbose_name_plural = _("视频访问")
        default_permissions = ()
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["camera", "-started_at"], name="video_play_of")]

    def __str__(self) -> str:
        return f"{self.viewer_name} {self.camera_id} {self.started_at}"

    @property
    def seconds(self) -> int:
        """How long it was looked at, as far as is known."""
        last = self.ended_at or self.seen_at or self.started_at
        return max(0, int((last - self.started_at).total_seconds()))
