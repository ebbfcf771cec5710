"""How long the people behind cases are kept: versions two persons agree on."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.matters.enums import Channel, Depth
from apps.retention.enums import Family, ScheduleState

YEARS_LEAST, YEARS_MOST = 1, 50


class Schedule(models.Model):
    """One version of a city's schedule; one is in force at a time.

    The author never agrees to it: a database constraint keeps the two persons apart.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本号"))
    state = models.CharField(
        _("状态"), max_length=9, choices=ScheduleState, default=ScheduleState.DRAFT
    )
    note = models.CharField(_("变更说明"), max_length=300)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("起草人"))
    drafted_at = models.DateTimeField(_("起草时间"))
    agreed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人")
    )
    agreed_at = models.DateTimeField(_("复核时间"), null=True)
    refusal = models.CharField(_("退回理由"), max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("保存期限表")
        verbose_name_plural = _("保存期限表")
        default_permissions = ()
        ordering = ["-number"]
        permissions = [
            ("view_retention", _("查看个人信息保存期限")),
            ("draft_schedule", _("起草保存期限表")),
            ("agree_schedule", _("复核保存期限表")),
            ("hold_cases", _("保全案件")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="schedule_number_once"),
            models.UniqueConstraint(
                fields=["tenant"],
                name="schedule_one_in_force",
                condition=Q(state=ScheduleState.IN_FORCE),
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                name="schedule_one_in_hand",
                condition=Q(state__in=[ScheduleState.DRAFT, ScheduleState.SUBMITTED]),
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=F("author")),
                name="schedule_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state=ScheduleState.IN_FORCE) | Q(agreed_by__isnull=False),
                name="schedule_in_force_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class ScheduleLine(models.Model):
    """How long cases of a kind are kept after they ended; the first line that fits a case counts.

    matter: the matter's code, or the part of it before a dot; channel, family: "" for all.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("顺序"))
    matter = models.CharField(_("事项"), max_length=60)
    channel = models.CharField(
        _("来源渠道"), max_length=10, choices=Channel, blank=True, default=""
    )
    family = models.CharField(_("投诉类别"), max_length=10, choices=Family, blank=True, default="")
    years = models.PositiveSmallIntegerField(
        _("办结后保存（年）"),
        validators=[MinValueValidator(YEARS_LEAST), MaxValueValidator(YEARS_MOST)],
    )
    depth = models.CharField(_("到期方式"), max_length=8, choices=Depth, default=Depth.CLEANED)

    class Meta:
        verbose_name = _("期限")
        verbose_name_plural = _("期限")
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "position"], name="schedule_line_once"),
            models.CheckConstraint(
                condition=Q(years__gte=YEARS_LEAST, years__lte=YEARS_MOST),
                name="schedule_line_years",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.position}"
