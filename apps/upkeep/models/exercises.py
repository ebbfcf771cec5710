"""Drills, emergency plans, capacity reviews, and the tasks that follow. OP-21, OP-24, OP-26."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.upkeep.enums import ExerciseKind, ExerciseState, Field
from apps.upkeep.models.cycles import CycleItem


class EmergencyPlan(models.Model):
    """What is done in an emergency of one field; its texts are its revisions."""

    title = models.CharField(_("标题"), max_length=100, unique=True)
    field = models.CharField(_("领域"), max_length=10, choices=Field)

    class Meta:
        verbose_name = _("应急预案")
        verbose_name_plural = _("应急预案")
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class Exercise(models.Model):
    """One drill from plan to conclusion."""

    title = models.CharField(_("标题"), max_length=100)
    kind = models.CharField(_("类型"), max_length=10, choices=ExerciseKind)
    scenario = models.TextField(_("情景"), max_length=2000)
    plan = models.ForeignKey(
        EmergencyPlan, verbose_name=_("应急预案"), null=True, on_delete=models.PROTECT,
        related_name="exercises",
    )  # fmt: skip
    planned_on = models.DateField(_("计划日期"))
    lead = models.ForeignKey(
        User, verbose_name=_("负责人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=ExerciseState, default=ExerciseState.PLANNED
    )
    started_at = models.DateTimeField(_("开始时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    conclusion = models.TextField(_("结论"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("演练")
        verbose_name_plural = _("演练")
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class ExerciseEvent(models.Model):
    """What happened in a drill. Written once."""

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("时间"))
    by_name = models.CharField(_("记录人"), max_length=100)
    text = models.CharField(_("经过"), max_length=500)

    class Meta:
        verbose_name = _("演练经过")
        verbose_name_plural = _("演练经过")
        default_permissions = ()

    def __str__(self) -> str:
        return self.text


class PlanRevision(models.Model):
    """One wording of an emergency plan, and the drill it was learnt in. Written once."""

    plan = models.ForeignKey(EmergencyPlan, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("版本"))
    text = models.TextField(_("内容"), max_length=20_000)
    reason = models.CharField(_("修订原因"), max_length=200, blank=True, default="")
    exercise = models.ForeignKey(
        Exercise, verbose_name=_("演练"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    by_name = models.CharField(_("修订人"), max_length=100)
    at = models.DateTimeField(_("修订时间"))

    class Meta:
        verbose_name = _("预案版本")
        verbose_name_plural = _("预案版本")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"


class CapacitySample(models.Model):
    """What the platform needed on one day. figures: name -> number."""

    on = models.DateField(_("日期"), primary_key=True)
    figures = models.JSONField(_("数字"))

    class Meta:
        verbose_name = _("容量记录")
        verbose_name_plural = _("容量记录")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.on)


class CapacityReview(models.Model):
    """What was concluded of half a year. trend: as it was measured then."""

    half = models.CharField(_("半年"), max_length=6, unique=True)
    trend = models.JSONField(_("趋势"))
    conclusion = models.TextField(_("结论"), max_length=2000)
    by_name = models.CharField(_("评估人"), max_length=100)
    at = models.DateTimeField(_("评估时间"))

    class Meta:
        verbose_name = _("容量评估")
        verbose_name_plural = _("容量评估")
        default_permissions = ()

    def __str__(self) -> str:
        return self.half


class LoadTest(models.Model):
    """One load test: the last line of a benchmark, as it was printed."""

    name = models.CharField(_("名称"), max_length=60)
    line = models.TextField(_("结果"), max_length=5000)
    holds = models.BooleanField(_("达标"))
    by_name = models.CharField(_("登记人"), max_length=100)
    at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("压测记录")
        verbose_name_plural = _("压测记录")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Improvement(models.Model):
    """Something to be mended, found in a drill, a review or a check, with who and until when."""

    title = models.CharField(_("改进事项"), max_length=200)
    field = models.CharField(_("领域"), max_length=10, choices=Field)
    exercise = models.ForeignKey(
        Exercise, null=True, on_delete=models.PROTECT, related_name="improvements"
    )
    review = models.ForeignKey(
        CapacityReview, null=True, on_delete=models.PROTECT, related_name="improvements"
    )
    item = models.ForeignKey(
        CycleItem, null=True, on_delete=models.PROTECT, related_name="improvements"
    )
    owner = models.ForeignKey(
        User, verbose_name=_("责任人"), on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("期限"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    result = models.CharField(_("完成情况"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("改进事项")
        verbose_name_plural = _("改进事项")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(exercise__isnull=False, review=None, item=None)
                | Q(exercise=None, review__isnull=False, item=None)
                | Q(exercise=None, review=None, item__isnull=False),
                name="improvement_has_one_origin",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def origin(self) -> str:
        """What it was found in, in a word."""
        return str(self.exercise or self.review or self.item)
