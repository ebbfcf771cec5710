"""A work order, one-to-one with its case, and what was done about it."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.common.models import StoredFile
from apps.matters.models import Case
from apps.ops.enums import Cause, OrderSource, Phase, Tier
from apps.ops.models.contracts import MaintenanceContract
from apps.ops.models.faults import FaultKind, FaultLevel


class WorkOrder(models.Model):
    """What repairing adds to a case: what is broken, how gravely, who mends it, how it went.

    asset: null for what the register does not hold; about: what the thing was called then, so
    that a later name or place changes no old order. vendor: the unit that has it now.
    because: why this tier and contract, one sentence. respond_limit, restore_limit:
    {"amount", "unit"} as they were when the level or contract was last set.

    Moments, aware: reported_at when the fault was reported; confirmed_at when a manager
    confirmed it; sent_at when it came to its present unit; responded_at when the first repairer
    took it; restored_at when, by the accepted feedback, the thing worked again (null until that
    is confirmed); closed_at at the end. respond_late, restore_late: as the clocks judged, null
    while they run. suspended_s: seconds it stood suspended, closed spells only.
    rejected: how often a feedback was sent back. is_planned: an outage that was announced.
    rule, rule_version: what opened it without a person, "" and 0 where a person did; reason: why,
    one sentence (OP-27).

    Source: OP-09..12, OP-15, OP-17..19, OP-22.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="work_order")
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("设备")
    )
    about = models.CharField(_("异常设备名称"), max_length=120)
    fault_kind = models.ForeignKey(
        FaultKind, models.PROTECT, related_name="+", verbose_name=_("故障类型")
    )
    level = models.ForeignKey(
        FaultLevel, models.PROTECT, related_name="+", verbose_name=_("故障等级")
    )
    source = models.CharField(_("异常来源"), max_length=12, choices=OrderSource)
    cause = models.CharField(
        _("故障原因"), max_length=10, choices=Cause, blank=True, default=Cause.UNKNOWN
    )
    is_planned = models.BooleanField(_("计划内"), default=False)
    tier = models.CharField(_("维保层级"), max_length=12, choices=Tier, blank=True, default="")
    contract = models.ForeignKey(
        MaintenanceContract,
        models.PROTECT,
        null=True,
        related_name="orders",
        verbose_name=_("维保合同"),
    )
    vendor = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("维保单位")
    )
    because = models.CharField(_("派单依据"), max_length=300, blank=True, default="")
    respond_limit = models.JSONField(_("响应时限"))
    restore_limit = models.JSONField(_("修复时限"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("上报人"),
    )
    reported_at = models.DateTimeField(_("上报时间"))
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    sent_at = models.DateTimeField(_("派单时间"), null=True)
    responded_at = models.DateTimeField(_("响应时间"), null=True)
    restored_at = models.DateTimeField(_("恢复时间"), null=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    respond_late = models.BooleanField(_("响应超时"), null=True)
    restore_late = models.BooleanField(_("修复超时"), null=True)
    suspended_s = models.PositiveIntegerField(_("挂起秒数"), default=0)
    suspended_since = models.DateTimeField(_("挂起时间"), null=True)
    extended = models.PositiveSmallIntegerField(_("延期次数"), default=0)
    rejected = models.PositiveSmallIntegerField(_("反馈驳回次数"), default=0)
    handed_up = models.PositiveSmallIntegerField(_("升级次数"), default=0)
    rule = models.SlugField(_("自动开单规则"), max_length=60, blank=True, default="")
    rule_version = models.PositiveIntegerField(_("规则版本"), default=0)
    reason = models.CharField(_("开单依据"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("运维工单")
        verbose_name_plural = _("运维工单")
        default_permissions = ()
        permissions = [
            ("report_faults", _("上报故障")),
            ("view_orders", _("查看运维工单")),
            ("confirm_orders", _("确认运维工单")),
            ("repair_orders", _("维修反馈")),
            ("keep_contracts", _("维护合同、等级与计划")),
        ]
        ordering = ["-case_id"]
        indexes = [
            models.Index(fields=["asset", "-id"], name="order_asset"),
            models.Index(fields=["vendor", "-id"], name="order_vendor"),
            models.Index(fields=["-reported_at"], name="order_reported"),
            models.Index(
                fields=["sent_at"],
                name="order_open_sent",
                condition=models.Q(closed_at__isnull=True, sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.case_id}"


class Repair(models.Model):
    """What a repairer did, one per feedback (OP-10). Written once.

    number: of the order, from 1. from_at, to_at: of the work, by the repairer's own account.
    cost: of labour and everything that is no part, yuan. key: the phone's own, so that the same
    repair sent twice is one. is_accepted: null until a manager has looked at it.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="repairs")
    number = models.PositiveSmallIntegerField(_("次数"))
    text = models.CharField(_("处理情况"), max_length=1000)
    cause = models.CharField(_("故障原因"), max_length=10, choices=Cause)
    from_at = models.DateTimeField(_("开始时间"))
    to_at = models.DateTimeField(_("修复时间"))
    cost = models.DecimalField(
        _("人工等费用（元）"),
        max_digits=10,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("维修人")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("维修单位")
    )
    made_at = models.DateTimeField(_("反馈时间"))
    is_accepted = models.BooleanField(_("反馈确认"), null=True)
    ruled_at = models.DateTimeField(_("确认时间"), null=True)
    ruled_by_name = models.CharField(_("确认人"), max_length=100, blank=True, default="")
    ruling = models.CharField(_("确认意见"), max_length=500, blank=True, default="")
    key = models.UUIDField(_("手机端编号"), null=True)

    class Meta:
        verbose_name = _("维修记录")
        verbose_name_plural = _("维修记录")
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="repair_number_once"),
            models.UniqueConstraint(fields=["person", "key"], name="repair_key_once"),
            models.CheckConstraint(
                condition=models.Q(to_at__gte=models.F("from_at")), name="repair_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} #{self.number}"


class RepairPart(models.Model):
    """A spare part a repair used up. price: of one, yuan."""

    repair = models.ForeignKey(Repair, models.PROTECT, related_name="parts")
    name = models.CharField(_("配件名称"), max_length=80)
    quantity = models.DecimalField(
        _("数量"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)]
    )
    price = models.DecimalField(
        _("单价（元）"),
        max_digits=10,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = _("维修配件")
        verbose_name_plural = _("维修配件")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class RepairPhoto(models.Model):
    """A picture of a repair, re-encoded like every upload. phase: before or after the work."""

    repair = models.ForeignKey(Repair, models.PROTECT, related_name="photos")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    phase = models.CharField(_("阶段"), max_length=10, choices=Phase)

    class Meta:
        verbose_name = _("维修照片")
        verbose_name_plural = _("维修照片")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["repair", "file", "phase"], name="repair_photo_once"),
        ]

    def __str__(self) -> str:
        return f"{self.repair_id} {self.get_phase_display()}"


class Proof(models.Model):
    """What a machine found after a repair, so that no closing rests on words alone.

    kind: of ``registry.register_proof``. passed: whether the thing works again by it; null where
    nothing could be found out. url: inside the system, where it is shown; may be empty.
    """

    repair = models.ForeignKey(Repair, models.PROTECT, related_name="proofs")
    kind = models.SlugField(_("佐证类别"), max_length=40)
    passed = models.BooleanField(_("是否通过"), null=True)
    text = models.CharField(_("结论"), max_length=300)
    url = models.CharField(_("链接"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("自动佐证")
        verbose_name_plural = _("自动佐证")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"
