"""Where devices shall stand before they are bought: plans and their points. Source: IO-01."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.assets.models import Asset, AssetClass
from apps.places.models import Area
from apps.siting.enums import OPEN_STATES, Demand, PlanState

#: Metres a device may see or measure around itself.
NEAREST_M, FURTHEST_M = 20, 5000


class Plan(models.Model):
    """Devices of one kind for one area. Source: IO-01, decision 0100.

    unit: who wants to buy them. radius_m: so far around itself one device covers the ground.
    duplicate_m: two that stand nearer to each other are told as duplicates. judged: the coverage
    as it was reckoned when the plan was submitted, with everything it was reckoned from
    (``selectors.coverage.told``). reason: why it was returned, or finished with points not built.
    last_number: of its points, also of those taken out again.
    """

    name = models.CharField(_("名称"), max_length=60)
    kind = models.ForeignKey(
        AssetClass, models.PROTECT, related_name="+", verbose_name=_("设备类别")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("建设单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("规划区域"))
    demand = models.CharField(_("覆盖对象"), max_length=10, choices=Demand, default=Demand.GROUND)
    radius_m = models.PositiveIntegerField(_("覆盖半径（米）"))
    duplicate_m = models.PositiveIntegerField(_("重复距离（米）"))
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    judged = models.JSONField(_("送审时的覆盖测算"), blank=True, default=dict)
    reason = models.CharField(_("理由"), max_length=300, blank=True, default="")
    last_number = models.PositiveIntegerField(_("最大点位序号"), default=0)
    author_id = models.BigIntegerField(_("编制人编号"), null=True)
    author_name = models.CharField(_("编制人"), max_length=100)
    created_at = models.DateTimeField(_("建立时间"))
    sender_id = models.BigIntegerField(_("送审人编号"), null=True)
    sender_name = models.CharField(_("送审人"), max_length=100, blank=True, default="")
    sent_at = models.DateTimeField(_("送审时间"), null=True)
    decider_name = models.CharField(_("审批人"), max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    done_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("点位规划")
        verbose_name_plural = _("点位规划")
        default_permissions = ()
        permissions = [
            ("view_plans", _("查看点位规划")),
            ("plan_points", _("编制点位规划")),
            ("approve_plans", _("审批点位规划")),
        ]
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(radius_m__range=(NEAREST_M, FURTHEST_M), duplicate_m__gte=1)
                & Q(duplicate_m__lte=F("radius_m")),
                name="siting_plan_distances",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether points and conditions may be changed."""
        return self.state in OPEN_STATES


class PlannedPoint(models.Model):
    """One place of a plan. number: from 1 in its plan, never given twice.

    price: what it may cost, in yuan; null: not said. asset: what was built there.
    """

    plan = models.ForeignKey(
        Plan, models.CASCADE, related_name="points", verbose_name=_("点位规划")
    )
    number = models.PositiveIntegerField(_("序号"))
    label = models.CharField(_("点位名称"), max_length=60)
    point = models.PointField(_("位置"), srid=4326)
    note = models.CharField(_("备注"), max_length=200, blank=True, default="")
    price = models.DecimalField(
        _("预算（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("建成部件")
    )
    built_at = models.DateTimeField(_("建成登记时间"), null=True)
    built_by_name = models.CharField(_("建成登记人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("规划点位")
        verbose_name_plural = _("规划点位")
        default_permissions = ()
        ordering = ["plan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="siting_number_once"),
            models.UniqueConstraint(
                fields=["asset"], condition=Q(asset__isnull=False), name="siting_asset_once"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="siting_price"
            ),
        ]

    def __str__(self) -> str:
        return self.label
