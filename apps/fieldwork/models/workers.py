"""Who works on the grid, and which cells are theirs from when to when. Source: GR-02."""

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.common.models import StoredFile
from apps.fieldwork.enums import DutyPart, WorkerKind, WorkerState
from apps.places.models import Area


def days_of(first: str = "from_on", last: str = "to_on") -> Func:
    """Will give the span of two day columns, both days included, as PostgreSQL compares it."""
    return Func(F(first), F(last), Value("[]"), function="daterange")


class Worker(models.Model):
    """A person of the staff who works on the grid; their file as a worker.

    unit: whose worker it is, normally a community's; area_path: the unit's area, by which
    leaders reach the worker. phone: the number for work. skills: codes of ``Skill``.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    user = models.OneToOneField(
        User, models.PROTECT, related_name="field_worker", verbose_name=_("人员")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("所在单位")
    )
    area_path = models.CharField(_("区域路径"), max_length=200)
    kind = models.CharField(_("用工性质"), max_length=10, choices=WorkerKind)
    phone = models.CharField(_("工作电话"), max_length=30, blank=True, default="")
    photo = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("照片")
    )
    skills = models.JSONField(_("技能与语言"), default=list, blank=True)
    state = models.CharField(
        _("状态"), max_length=8, choices=WorkerState, default=WorkerState.ACTIVE
    )
    since_on = models.DateField(_("上岗日期"))
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("网格员")
        verbose_name_plural = _("网格员")
        permissions = [
            ("do_fieldwork", _("上岗巡查")),
            ("view_workers", _("查看网格员与在岗位置")),
            ("lead_workers", _("管理网格员、排班与请假")),
            ("plan_patrols", _("制定巡查计划与抽查")),
            ("view_tracks", _("查看人员轨迹")),
        ]
        indexes = [
            models.Index(fields=["area_path"], name="worker_area", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.user.full_name


class CellDuty(models.Model):
    """A worker answers for a cell from a day to a day, both included; open: without end.

    leave: the absence during which a deputy stands in. Never deleted: ended by ``to_on``; a
    row that never came into force is ended the day before it began (``cancelled``).
    """

    worker = models.ForeignKey(
        Worker, models.PROTECT, related_name="duties", verbose_name=_("网格员")
    )
    cell = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("网格"))
    part = models.CharField(_("责任"), max_length=6, choices=DutyPart, default=DutyPart.MAIN)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True, blank=True)
    leave = models.ForeignKey(
        "fieldwork.Leave", models.PROTECT, null=True, blank=True, related_name="deputy_duties"
    )
    is_cancelled = models.BooleanField(_("已取消"), default=False)
    made_by_name = models.CharField(_("安排人"), max_length=100)
    made_at = models.DateTimeField(_("安排时间"))

    class Meta:
        verbose_name = _("网格责任")
        verbose_name_plural = _("网格责任")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="cell_duty_span",
            ),
            ExclusionConstraint(
                name="cell_one_main_worker",
                expressions=[("cell", RangeOperators.EQUAL), (days_of(), RangeOperators.OVERLAPS)],
                condition=Q(part="main", is_cancelled=False),
            ),
            ExclusionConstraint(
                name="cell_duty_once",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    ("cell", RangeOperators.EQUAL),
                    ("part", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_cancelled=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker} · {self.cell}"
