"""Calendars with their revisions; clocks with their ledgers and timers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clocks.engine import DAY_MINUTES, Limit, format_spans
from apps.clocks.enums import (
    ClockState,
    DayCounting,
    DayKind,
    IntervalKind,
    Level,
    LimitUnit,
    Weekday,
)
from apps.clocks.ledger import Entry, Threshold
from apps.places.models import Area


class Calendar(models.Model):
    """The working time of an area.

    A calendar without weekly spans of its own uses those of ``parent``; a date without a
    line of its own is as in ``parent``, so the yearly notice is imported once, at the top.
    revision: number of the newest ``CalendarRevision``, 0 before the first.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=60)
    area = models.OneToOneField(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar",
        verbose_name=_("适用区域"),
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级日历"),
    )
    is_default = models.BooleanField(_("默认日历"), default=False)
    day_rule = models.CharField(
        _("工作日算法"), max_length=20, choices=DayCounting, default=DayCounting.END_OF_DAY
    )
    zone = models.CharField(_("时区"), max_length=40, default="Asia/Shanghai")
    revision = models.PositiveIntegerField(_("版本"), default=0, editable=False)

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["-is_default", "code"]
        permissions = [("edit_calendars", _("维护工作日历"))]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="calendar_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkingSpan(models.Model):
    """Working time on one weekday, in minutes after midnight (end at most 1440 = 24:00)."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="spans")
    weekday = models.PositiveSmallIntegerField(_("星期"), choices=Weekday)
    start_minute = models.PositiveSmallIntegerField(_("开始（分钟）"))
    end_minute = models.PositiveSmallIntegerField(_("结束（分钟）"))

    class Meta:
        verbose_name = _("工作时段")
        verbose_name_plural = _("工作时段")
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_minute__gt=models.F("start_minute"))
                & models.Q(end_minute__lte=DAY_MINUTES),
                name="working_span_order",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_weekday_display()} {format_spans(((self.start_minute, self.end_minute),))}"
        )


class CalendarDay(models.Model):
    """A date that is not like its weekday. Source: the yearly notice of the State Council.

    spans: "09:00-12:00, 13:30-17:30" of a make-up workday; empty: as on an ordinary workday.
    """

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="dated")
    on = models.DateField(_("日期"))
    kind = models.CharField(_("类别"), max_length=10, choices=DayKind)
    name = models.CharField(_("名称"), max_length=40)
    spans = models.CharField(_("工作时段"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("节假日与调休")
        verbose_name_plural = _("节假日与调休")
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="calendar_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class CalendarRevision(models.Model):
    """A calendar as it stood after an edit, whole; never changed (a trigger sees to it).

    A clock keeps the revision it was opened under, so later edits do not move it and its
    deadline can be computed again to the same value. snapshot: see ``calendars.snapshot_of``.
    """

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("版本"))
    snapshot = models.JSONField(_("内容"))
    reason = models.CharField(_("原因"), max_length=200)
    by_id = models.BigIntegerField(_("修改人编号"), null=True)
    by_name = models.CharField(_("修改人"), max_length=100)
    created_at = models.DateTimeField(_("生效时间"))

    class Meta:
        verbose_name = _("日历版本")
        verbose_name_plural = _("日历版本")
        ordering = ["calendar", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.number}"


class Clock(models.Model):
    """A limit that runs against a subject (a case, a task), named within it.

    due_at is a projection of the ledger (``ledger.project``), stored for lists; while
    suspended, as if the clock resumed at once. soon_at: the first warning. breached_at: the
    deadline that passed while the clock ran. round: grows by one with every restart; only
    the lines of the present round count.
    """

    subject_type = models.CharField(_("对象类型"), max_length=40)
    subject_id = models.BigIntegerField(_("对象编号"))
    name = models.SlugField(_("代码"), max_length=40)
    label = models.CharField(_("名称"), max_length=60, blank=True, default="")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="clocks")
    calendar_revision = models.ForeignKey(CalendarRevision, models.PROTECT, related_name="+")
    limit_amount = models.DecimalField(_("时限"), max_digits=8, decimal_places=2)
    limit_unit = models.CharField(_("时限单位"), max_length=20, choices=LimitUnit)
    round = models.PositiveSmallIntegerField(_("轮次"), default=1)
    state = models.CharField(
        _("状态"), max_length=10, choices=ClockState, default=ClockState.RUNNING
    )
    started_at = models.DateTimeField(_("起算时间"))
    due_at = models.DateTimeField(_("到期时间"))
    soon_at = models.DateTimeField(_("预警时间"), null=True)
    stopped_at = models.DateTimeField(_("停止时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=40, blank=True, default="")
    breached_at = models.DateTimeField(_("超时时间"), null=True)

    class Meta:
        verbose_name = _("时钟")
        verbose_name_plural = _("时钟")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "name"],
                condition=~models.Q(state=ClockState.STOPPED),
                name="clock_name_once",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="clock_subject"),
            models.Index(
                fields=["due_at"],
                name="clock_running_due",
                condition=models.Q(state=ClockState.RUNNING),
            ),
            # Which deadlines an edited calendar would move.
            models.Index(
                fields=["calendar_revision", "due_at"],
                name="clock_open_revision",
                condition=~models.Q(state=ClockState.STOPPED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.name} #{self.subject_id}"

    @property
    def limit(self) -> Limit:
        """The limit of the present round, before extensions."""
        return Limit(self.limit_amount, self.limit_unit)


class ClockInterval(models.Model):
    """One line of the ledger; only an open ``to_at`` may ever be filled in (a trigger).

    amount, unit: the limit of a first run, what an extension adds, the new limit of a
    hurry-up, a changed limit. factor: the share a hurry-up leaves. request: what the decision
    came from.
    """

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="intervals")
    sequence = models.PositiveIntegerField(_("序号"))
    round = models.PositiveSmallIntegerField(_("轮次"))
    kind = models.CharField(_("类别"), max_length=12, choices=IntervalKind)
    from_at = models.DateTimeField(_("开始"))
    to_at = models.DateTimeField(_("结束"), null=True)
    amount = models.DecimalField(_("数量"), max_digits=8, decimal_places=2, null=True)
    unit = models.CharField(_("单位"), max_length=20, choices=LimitUnit, blank=True, default="")
    factor = models.DecimalField(_("系数"), max_digits=5, decimal_places=4, null=True)
    reason = models.CharField(_("原因"), max_length=500, blank=True, default="")
    request = models.CharField(_("依据的申请"), max_length=80, blank=True, default="")
    by_id = models.BigIntegerField(_("经办人编号"), null=True)
    by_name = models.CharField(_("经办人"), max_length=100)
    due_before = models.DateTimeField(_("原到期时间"), null=True)
    due_after = models.DateTimeField(_("新到期时间"))
    calendar_revision = models.ForeignKey(CalendarRevision, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("时钟台账")
        verbose_name_plural = _("时钟台账")
        default_permissions = ("view",)
        ordering = ["clock", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "sequence"], name="clock_interval_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id}/{self.sequence} {self.kind}"

    def entry(self) -> Entry:
        """The line as ``ledger.project`` reads it."""
        limit = None if self.amount is None else Limit(self.amount, self.unit)
        return Entry(self.kind, self.from_at, self.to_at, limit, self.factor)


class ClockTimer(models.Model):
    """Something to do at a moment, once per arming.

    due_at: when; None while the clock does not run. claimable_at: when a scanner may next
    take it (due_at, or later after a failure or while somebody has it); None once fired.
    occurrence: grows by one each time it is armed anew after having fired.
    """

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="timers")
    code = models.SlugField(_("代码"), max_length=40)
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    action = models.CharField(_("动作"), max_length=60, blank=True, default="")
    fraction = models.DecimalField(_("用时比例"), max_digits=5, decimal_places=4, null=True)
    offset_amount = models.DecimalField(_("偏移"), max_digits=8, decimal_places=2, null=True)
    offset_unit = models.CharField(
        _("偏移单位"), max_length=20, choices=LimitUnit, blank=True, default=""
    )
    due_at = models.DateTimeField(_("触发时间"), null=True)
    claimable_at = models.DateTimeField(_("可领取时间"), null=True)
    fired_at = models.DateTimeField(_("已触发时间"), null=True)
    occurrence = models.PositiveSmallIntegerField(_("第几次"), default=1)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    last_error = models.TextField(_("最近错误"), blank=True, default="")

    class Meta:
        verbose_name = _("时钟定时器")
        verbose_name_plural = _("时钟定时器")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["clock", "code"], name="clock_timer_once"),
        ]
        indexes = [
            models.Index(
                fields=["claimable_at", "id"],
                name="clock_timer_waiting",
                condition=models.Q(claimable_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id}:{self.code}"

    @property
    def threshold(self) -> Threshold | None:
        """What the timer waits for; None of a wake-up, which is at a fixed moment."""
        if self.fraction is not None:
            return Threshold(self.code, self.level, self.action, fraction=self.fraction)
        if self.offset_amount is None:
            return None
        offset = Limit(self.offset_amount, self.offset_unit)
        return Threshold(self.code, self.level, self.action, offset=offset)
