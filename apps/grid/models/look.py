"""A worker sent to look, with the reason why this one."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.grid.enums import LookPurpose, LookState
from apps.grid.models.event import GridEvent
from apps.matters.enums import Verdict
from apps.matters.models import Task


class Look(models.Model):
    """One offer of a verification (核实) or check (核查) to one worker, and the answer.

    task: the check task of the case this offer stands for. turn: 1 for the first worker asked.
    candidates: [{"name", "distance_m", "load"}] of everybody considered, nearest first.
    answer_by: when the next worker is asked if this one has not taken it.
    point: where the worker stood when answering, with accuracy_m; no_place_reason: why nobody
    knows where, as the worker says.
    """

    event = models.ForeignKey(GridEvent, models.PROTECT, related_name="looks")
    purpose = models.CharField(_("任务"), max_length=8, choices=LookPurpose)
    task = models.OneToOneField(Task, models.PROTECT, related_name="grid_look")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    turn = models.PositiveSmallIntegerField(_("第几次派发"), default=1)
    reason = models.CharField(_("派发理由"), max_length=300, blank=True, default="")
    distance_m = models.FloatField(_("距离（米）"), null=True)
    load = models.PositiveSmallIntegerField(_("在办任务数"), null=True)
    candidates = models.JSONField(_("候选人"), default=list)
    state = models.CharField(_("状态"), max_length=10, choices=LookState, default=LookState.OFFERED)
    offered_at = models.DateTimeField(_("派发时间"))
    answer_by = models.DateTimeField(_("接单期限"))
    taken_at = models.DateTimeField(_("接单时间"), null=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict, blank=True, default="")
    point = models.PointField(_("答复位置"), srid=4326, null=True)
    accuracy_m = models.FloatField(_("定位精度（米）"), null=True)
    no_place_reason = models.CharField(_("未能定位的原因"), max_length=200, blank=True, default="")
    seen_at = models.DateTimeField(_("现场时间"), null=True)

    class Meta:
        verbose_name = _("核实核查")
        verbose_name_plural = _("核实核查")
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["answer_by"],
                name="grid_look_waiting",
                condition=models.Q(state=LookState.OFFERED),
            ),
            models.Index(fields=["worker", "-id"], name="grid_look_worker"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.get_purpose_display()} {self.worker}"
