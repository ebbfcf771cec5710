"""Plans of patrols, the patrols of a day, checking in, and random checks. Source: GR-03."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.models import StoredFile
from apps.fieldwork.enums import PatrolState, PlanState, StopState, Subject, Verdict
from apps.fieldwork.models.workers import Worker
from apps.places.models import Area


class PatrolPlan(models.Model):
    """Where, about what and how often a unit's workers go round.

    weekdays: 1 Monday to 7 Sunday, the days it may fall on; times_per_week: on so many of them
    (evenly spread), 0: on all. starts_at, ends_at: the window of the day. route: the line to
    walk, if there is one. items: what to look at, a definition of ``common.forms_data``.
    area_path: of the unit's area, by which leaders reach the plan.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area_path = models.CharField(_("区域路径"), max_length=200)
    title = models.CharField(_("名称"), max_length=80)
    subject = models.CharField(_("主题"), max_length=12, choices=Subject)
    cells = models.ManyToManyField(Area, related_name="+", verbose_name=_("网格"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("星期"))
    times_per_week = models.PositiveSmallIntegerField(
        _("每周次数"), default=0, validators=[MaxValueValidator(7)]
    )
    starts_at = models.TimeField(_("开始"))
    ends_at = models.TimeField(_("截止"))
    route = models.LineStringField(_("路线"), srid=4326, null=True, blank=True)
    items = models.JSONField(_("检查内容"), default=dict, blank=True)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=PlanState, default=PlanState.DRAFT)
    version = models.PositiveIntegerField(_("版本"), default=1)
    saved_by_name = models.CharField(_("编制人"), max_length=100)
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("巡查计划")
        verbose_name_plural = _("巡查计划")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="patrol_plan_window"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="patrol_plan_span",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PatrolPoint(models.Model):
    """A place a plan wants visited. cell: the planned cell that holds it."""

    plan = models.ForeignKey(PatrolPlan, models.PROTECT, related_name="points")
    cell = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("网格"))
    position = models.PositiveSmallIntegerField(_("顺序"))
    name = models.CharField(_("名称"), max_length=80)
    point = models.PointField(_("位置"), srid=4326)
    radius_m = models.PositiveSmallIntegerField(
        _("签到半径（米）"), default=50, validators=[MinValueValidator(5), MaxValueValidator(500)]
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("巡查点")
        verbose_name_plural = _("巡查点")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(radius_m__gte=5, radius_m__lte=500), name="patrol_point_radius"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Patrol(models.Model):
    """One worker's round of one day; worker None: nobody answers for the cells that day.

    distance_m, point_share, ground_share: measured from the track and the check-ins; None until
    measured. ground_share: of the cells within 30 m of the track, 0 to 1. track: broken where
    no fix came for five minutes. measured_at None: must be measured (anew).
    closed_at: when the window was over and its missed points were told.
    """

    plan = models.ForeignKey(PatrolPlan, models.PROTECT, related_name="patrols")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    worker = models.ForeignKey(
        Worker, models.PROTECT, null=True, related_name="patrols", verbose_name=_("网格员")
    )
    area_path = models.CharField(_("区域路径"), max_length=200)
    day = models.DateField(_("日期"))
    cells = models.ManyToManyField(Area, related_name="+", verbose_name=_("网格"))
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("截止"))
    items = models.JSONField(_("检查内容"), default=dict, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=PatrolState)
    started_at = models.DateTimeField(_("实际开始"), null=True)
    finished_at = models.DateTimeField(_("实际结束"), null=True)
    finish_key = models.UUIDField(_("结束操作标识"), null=True)
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    track = models.MultiLineStringField(_("轨迹"), srid=4326, null=True)
    distance_m = models.FloatField(_("行程（米）"), null=True)
    point_share = models.FloatField(_("到点率"), null=True)
    ground_share = models.FloatField(_("覆盖率"), null=True)
    doubtful_fixes = models.PositiveIntegerField(_("存疑定位数"), default=0)
    measured_at = models.DateTimeField(_("计算时间"), null=True)
    closed_at = models.DateTimeField(_("到期清点时间"), null=True)

    class Meta:
        verbose_name = _("巡查任务")
        verbose_name_plural = _("巡查任务")
        ordering = ["day", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "day", "worker"], name="patrol_once", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["day", "state"], name="patrol_day_state"),
            models.Index(
                fields=["ends_at"],
                name="patrol_to_close",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.title} {self.day}"

    @property
    def kilometres(self) -> float | None:
        """How far the walk went, to ten metres."""
        return None if self.distance_m is None else round(self.distance_m / 1000, 2)


class PatrolStop(models.Model):
    """One point of one patrol, as the plan had it that morning."""

    patrol = models.ForeignKey(Patrol, models.PROTECT, related_name="stops")
    origin = models.ForeignKey(PatrolPoint, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(_("顺序"))
    name = models.CharField(_("名称"), max_length=80)
    point = models.PointField(_("位置"), srid=4326)
    radius_m = models.PositiveSmallIntegerField(_("签到半径（米）"))
    state = models.CharField(_("状态"), max_length=12, choices=StopState, default=StopState.WAITING)
    checked_at = models.DateTimeField(_("签到时间"), null=True)

    class Meta:
        verbose_name = _("巡查任务的点")
        verbose_name_plural = _("巡查任务的点")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["patrol", "origin"], name="patrol_stop_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CheckIn(models.Model):
    """Somebody says they are at a point; kept as said, with how far off they were.

    distance_m: from the point; out_by_m: how much that is beyond radius and accuracy, 0 when in
    place. is_late: it reached us after the patrol's window had been closed.
    """

    stop = models.ForeignKey(PatrolStop, models.PROTECT, related_name="check_ins")
    worker = models.ForeignKey(Worker, models.PROTECT, related_name="+")
    key = models.UUIDField(_("操作标识"))
    at = models.DateTimeField(_("签到时间"))
    received_at = models.DateTimeField(_("接收时间"))
    point = models.PointField(_("位置"), srid=4326)
    accuracy_m = models.FloatField(_("精度（米）"))
    distance_m = models.FloatField(_("距巡查点（米）"))
    out_by_m = models.FloatField(_("超出（米）"), default=0)
    is_late = models.BooleanField(_("补传"), default=False)
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    answers = models.JSONField(_("检查结果"), default=dict, blank=True)
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("照片"))

    class Meta:
        verbose_name = _("签到")
        verbose_name_plural = _("签到")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "key"], name="check_in_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stop_id} {self.at:%H:%M}"

    @property
    def is_in_place(self) -> bool:
        """Whether the worker was within the radius, as far as the phone can tell."""
        return self.out_by_m <= 0


class SpotDraw(models.Model):
    """Finished patrols drawn at random to be looked at.

    seed: of the draw; population: the ids drawn from, ascending. Drawing again with both gives
    the same patrols, see ``services.checks.drawn_of``.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"))
    seed = models.CharField(_("随机种子"), max_length=64)
    population = models.JSONField(_("候选名单"))
    drawn_at = models.DateTimeField(_("抽取时间"))
    drawn_by_id = models.BigIntegerField(_("抽取人编号"))
    drawn_by_name = models.CharField(_("抽取人"), max_length=100)

    class Meta:
        verbose_name = _("巡查抽查")
        verbose_name_plural = _("巡查抽查")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.from_on} – {self.to_on}"


class SpotCheck(models.Model):
    """One drawn patrol and what looking at it found."""

    draw = models.ForeignKey(SpotDraw, models.PROTECT, related_name="checks")
    patrol = models.ForeignKey(Patrol, models.PROTECT, related_name="spot_checks")
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict, blank=True, default="")
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    judged_by_name = models.CharField(_("核查人"), max_length=100, blank=True, default="")
    judged_at = models.DateTimeField(_("核查时间"), null=True)

    class Meta:
        verbose_name = _("抽查结论")
        verbose_name_plural = _("抽查结论")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "patrol"], name="spot_check_once"),
        ]

    def __str__(self) -> str:
        return str(self.patrol_id)
