"""Plans, draws and what was drawn (MT-20). A draw is never rewritten, the database sees to it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.inspection.enums import DrawState, ObjectKind
from apps.inspection.models.inspectors import Inspector
from apps.inspection.models.objects import SupervisedObject
from apps.matters.models import Case, MatterType
from apps.places.models import Area


class DrawPlan(models.Model):
    """Whom to draw from, how many, and who checks.

    rates: {grade: share of 10,000}. units: whose inspectors take part. skip_days: objects
    checked so recently are left out. avoid_last: who checked an object last time does not check it
    again. only_responsible: only objects for whose supervision in this matter one of the units
    answers. from_on, to_on: when the checks are to be done.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    title = models.CharField(_("计划名称"), max_length=80)
    matter_type = models.ForeignKey(
        MatterType, models.PROTECT, related_name="+", verbose_name=_("检查事项")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("抽查区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    kind = models.CharField(_("对象类型"), max_length=8, choices=ObjectKind, blank=True, default="")
    rates = models.JSONField(_("抽取比例"), default=dict)
    per_object = models.PositiveSmallIntegerField(_("每户检查人数"), default=2)
    skip_days = models.PositiveSmallIntegerField(_("近期已查不再抽（天）"), default=0)
    avoid_last = models.BooleanField(_("上次检查过的人员回避"), default=True)
    units = models.ManyToManyField(Organization, related_name="+", verbose_name=_("参加单位"))
    only_responsible = models.BooleanField(_("只抽参加单位负责监管的对象"), default=False)
    from_on = models.DateField(_("检查开始日期"))
    to_on = models.DateField(_("检查结束日期"))
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("抽查计划")
        verbose_name_plural = _("抽查计划")
        default_permissions = ()
        permissions = [("plan_draws", _("编制抽查计划"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="draw_plan_window"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Draw(models.Model):
    """One run of a plan. frozen: the list that is drawn from, see ``inspection.drawing``.

    secret: made when the list was frozen, shown to nobody until the draw; its digest is public
    from the first moment. Who froze never draws.
    """

    plan = models.ForeignKey(DrawPlan, models.PROTECT, related_name="draws")
    number = models.CharField(_("抽取编号"), max_length=20, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=DrawState)
    algorithm = models.CharField(_("算法"), max_length=40)
    frozen = models.JSONField(_("锁定名单"))
    list_digest = models.CharField(_("名单摘要"), max_length=64)
    secret = models.CharField(_("随机种子"), max_length=64)
    secret_digest = models.CharField(_("种子摘要"), max_length=64)
    frozen_at = models.DateTimeField(_("锁定时间"))
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("锁定人")
    )
    public_seed = models.CharField(_("公开种子"), max_length=200, blank=True, default="")
    witness = models.CharField(_("见证人"), max_length=60, blank=True, default="")
    drawn_at = models.DateTimeField(_("抽取时间"), null=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    results_digest = models.CharField(_("结果摘要"), max_length=64, blank=True, default="")
    abandoned_at = models.DateTimeField(_("作废时间"), null=True)
    abandoned_by_name = models.CharField(_("作废人"), max_length=100, blank=True, default="")
    abandoned_reason = models.CharField(_("作废原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("抽取")
        verbose_name_plural = _("抽取")
        default_permissions = ()
        permissions = [("run_draws", _("执行抽取"))]
        ordering = ["-frozen_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"],
                condition=~models.Q(state="abandoned"),
                name="draw_once_per_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(drawn_by__isnull=True)
                | ~models.Q(drawn_by=models.F("frozen_by")),
                name="draw_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DrawResult(models.Model):
    """One drawn object. case: the check it became, set once."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="results")
    position = models.PositiveIntegerField(_("顺序"))
    supervised = models.ForeignKey(SupervisedObject, models.PROTECT, related_name="draw_results")
    grade = models.CharField(_("信用等级"), max_length=1)
    case = models.OneToOneField(
        Case, models.PROTECT, null=True, related_name="draw_result", verbose_name=_("检查案件")
    )

    class Meta:
        verbose_name = _("抽取结果")
        verbose_name_plural = _("抽取结果")
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "supervised"], name="drawn_object_once"),
            models.UniqueConstraint(fields=["draw", "position"], name="drawn_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.draw} {self.supervised}"


class DrawnInspector(models.Model):
    """An inspector drawn for an object; position 1 leads."""

    result = models.ForeignKey(DrawResult, models.PROTECT, related_name="inspectors")
    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="drawn")
    position = models.PositiveSmallIntegerField(_("顺序"))

    class Meta:
        verbose_name = _("抽取的检查人员")
        verbose_name_plural = _("抽取的检查人员")
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["result", "inspector"], name="drawn_inspector_once"),
            models.UniqueConstraint(fields=["result", "position"], name="drawn_seat_once"),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.inspector}"
