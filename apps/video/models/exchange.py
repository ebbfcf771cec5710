"""Runs of the catalogue between platforms. Source: VD-01."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.video.enums import Direction, RunState
from apps.video.models.cameras import Platform


class ExchangeRun(models.Model):
    """One catalogue taken or sent. digest: SHA-256 of what was exchanged."""

    platform = models.ForeignKey(
        Platform, models.PROTECT, related_name="runs", verbose_name=_("视频平台")
    )
    direction = models.CharField(_("方向"), max_length=4, choices=Direction)
    state = models.CharField(_("状态"), max_length=8, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    started_by_name = models.CharField(_("发起人"), max_length=100, blank=True, default="")
    total = models.PositiveIntegerField(_("总数"), default=0)
    added = models.PositiveIntegerField(_("新增"), default=0)
    changed = models.PositiveIntegerField(_("变更"), default=0)
    gone = models.PositiveIntegerField(_("撤点"), default=0)
    refused = models.PositiveIntegerField(_("未收"), default=0)
    digest = models.CharField(_("摘要"), max_length=64, blank=True, default="")
    error = models.CharField(_("错误"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("目录交换")
        verbose_name_plural = _("目录交换")
        default_permissions = ()
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "direction"],
                condition=models.Q(state=RunState.RUNNING),
                name="video_exchange_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform_id} {self.get_direction_display()} {self.started_at}"


class ExchangeProblem(models.Model):
    """One entry of a catalogue that was not taken, and why; the first thousand of a run."""

    run = models.ForeignKey(
        ExchangeRun, models.CASCADE, related_name="problems", verbose_name=_("目录交换")
    )
    outside_id = models.CharField(_("平台编号"), max_length=64)
    reason = models.CharField(_("原因"), max_length=200)

    class Meta:
        verbose_name = _("目录问题")
        verbose_name_plural = _("目录问题")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.outside_id} {self.reason}"
