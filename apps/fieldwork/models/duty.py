"""Being on duty, and where somebody was while they were. Source: GR-02, PIPL art. 13, 17, 28."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.fieldwork.enums import Doubt, SessionEnd
from apps.fieldwork.models.workers import Worker


class DutySession(models.Model):
    """One time on duty, from the worker's start to their end.

    key, end_key: the phone's own ids of the two deeds. started_at, ended_at: when it was, by
    the phone; received_at: when it came here. consent_version: of the text the worker agreed
    to for this time; "": no positions are taken. consent_ended_at: since when not any more.
    """

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="sessions")
    key = models.UUIDField(_("操作标识"))
    end_key = models.UUIDField(_("结束操作标识"), null=True)
    started_at = models.DateTimeField(_("上岗时间"))
    ended_at = models.DateTimeField(_("下岗时间"), null=True)
    received_at = models.DateTimeField(_("接收时间"))
    end_received_at = models.DateTimeField(_("结束接收时间"), null=True)
    ended_by = models.CharField(
        _("结束方式"), max_length=8, choices=SessionEnd, blank=True, default=""
    )
    consent_version = models.CharField(_("告知书版本"), max_length=20, blank=True, default="")
    consent_ended_at = models.DateTimeField(_("撤回同意时间"), null=True)

    class Meta:
        verbose_name = _("上岗记录")
        verbose_name_plural = _("上岗记录")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "key"], name="duty_session_key_once"),
            models.UniqueConstraint(
                fields=["worker"], name="duty_session_one_open", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="duty_session_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.started_at:%Y-%m-%d %H:%M}"


class PositionBatch(models.Model):
    """What a phone sent of positions at one time; the fixes refused are counted, not kept.

    skew_s: seconds the phone's clock was behind ours, added to its times. outside, early,
    future: how many fixes were refused for lying outside a session, before consent, ahead of
    time.
    """

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="+")
    key = models.UUIDField(_("操作标识"))
    received_at = models.DateTimeField(_("接收时间"))
    skew_s = models.IntegerField(_("时钟偏差（秒）"), default=0)
    stored = models.PositiveIntegerField(_("存入"), default=0)
    doubtful = models.PositiveIntegerField(_("存疑"), default=0)
    outside = models.PositiveIntegerField(_("非上岗时段"), default=0)
    without_consent = models.PositiveIntegerField(_("未同意"), default=0)
    future = models.PositiveIntegerField(_("时间超前"), default=0)

    class Meta:
        verbose_name = _("位置上报批次")
        verbose_name_plural = _("位置上报批次")
        constraints = [
            models.UniqueConstraint(fields=["worker", "key"], name="position_batch_key_once"),
        ]

    def __str__(self) -> str:
        return str(self.key)


class Position(models.Model):
    """Where somebody was at a moment on duty. Never changed; deleted when it is too old.

    at: by our clock. speed_kmh: from the last trusted fix. doubt: why it is not trusted.
    """

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="+")
    session = models.ForeignKey(DutySession, models.PROTECT, related_name="positions")
    batch = models.ForeignKey(PositionBatch, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    point = models.PointField(_("位置"), srid=4326)
    accuracy_m = models.FloatField(_("精度（米）"))
    speed_kmh = models.FloatField(_("速度（千米/时）"), null=True)
    doubt = models.CharField(_("疑点"), max_length=8, choices=Doubt, blank=True, default="")

    class Meta:
        verbose_name = _("位置")
        verbose_name_plural = _("位置")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "at"], name="position_once"),
        ]
        indexes = [models.Index(fields=["worker", "at"], name="position_worker_at")]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.at:%H:%M:%S}"


class LastPosition(models.Model):
    """The last trusted fix of whoever is on duty now; gone when the duty ends."""

    worker = models.OneToOneField(Worker, models.CASCADE, related_name="last_position")
    session = models.ForeignKey(DutySession, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    point = models.PointField(_("位置"), srid=4326)
    accuracy_m = models.FloatField(_("精度（米）"))

    class Meta:
        verbose_name = _("最近位置")
        verbose_name_plural = _("最近位置")

    def __str__(self) -> str:
        return f"{self.worker_id} {self.at:%H:%M:%S}"
