"""The report of a fault, from a page, a phone, an alarm or another app (OP-09, OP-27).

``report_fault`` is for people; ``report_found`` for apps that find a fault by themselves;
``adopt_case`` gives an order to a case of this matter that somebody else opened: the alarm centre
by click or by rule, a listener.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.alarms.models import Alarm
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.audit.services import SYSTEM, Actor, SystemActor
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.matters.enums import AttachmentPurpose, Channel, Priority
from apps.matters.models import Case
from apps.matters.services import NewCase, NewFile, open_case
from apps.ops import permissions
from apps.ops.enums import OrderSource
from apps.ops.faults_of_alarms import DATA_QUALITY, FAULT_OF_ALARM, QUALITY_ALARMS
from apps.ops.models import FaultKind, FaultLevel, WorkOrder
from apps.ops.selectors import (
    MATTER,
    Choice,
    Need,
    auto_order_of,
    choose_contract,
    limits_for,
    open_orders_of,
    tenant_of,
)
from apps.ops.services._shared import managers_of, note, tell

KEY_MAX, TEXT_MAX, NAME_MAX = 100, 1000, 120
OTHER = "other"
ALARM_PREFIX, OWN_PREFIX = "alarm:", "ops:"
#: Fault level by how far an alarm's level is from the gravest.
_PRIORITY = {1: Priority.URGENT, 2: Priority.HIGH}


@dataclass(frozen=True)
class FaultReport:
    """What is broken, as somebody says it.

    fault_kind: its code. asset_id: of the register; None: ``about`` names the thing. level: its
    number, None for the kind's own. files: stored pictures of the trouble.
    """

    fault_kind: str
    text: str
    source: str
    asset_id: int | None = None
    about: str = ""
    level: int | None = None
    is_planned: bool = False
    files: Sequence[StoredFile] = field(default_factory=tuple)


@transaction.atomic
def report_fault(
    actor: User, *, key: str, report: FaultReport, tenant: Tenant | None = None
) -> WorkOrder:
    """Will open an order for a fault; the same key of the same person gives the first again.

    Tells those who confirm. Raises: NotAllowed; InvalidInput (key, fault_kind, text, source,
        asset_id, about, level, point).
    Source: OP-09, OP-10.
    """
    permissions.require_report(actor)
    if not 1 <= len(key) <= KEY_MAX:
        raise InvalidInput(_("上报编号应为1至%s个字符") % KEY_MAX, field="key")
    asset = None
    if report.asset_id is not None:
        asset = list_assets(actor).filter(pk=report.asset_id).first()
        if asset is None:
            raise InvalidInput(_("没有这台设备，或它不在您的范围内"), field="asset_id")
    return _open(
        actor,
        tenant or tenant_of(actor),
        report,
        asset,
        source_key=f"{OWN_PREFIX}{actor.pk}:{key}",
    )


@transaction.atomic
def report_found(*, key: str, report: FaultReport, tenant: Tenant) -> WorkOrder:
    """Will open an order for a fault an app found, unless one of the thing and kind is open.

    key: the app's own, e.g. "diagnosis:123"; the same again gives the same order.
    Raises: InvalidInput, as ``report_fault``. Source: OP-27, VD-06.
    """
    asset = None
    if report.asset_id is not None:
        asset = Asset.objects.select_related("kind", "area").filter(pk=report.asset_id).first()
        if asset is None:
            raise InvalidInput(_("没有这台设备，或它不在您的范围内"), field="asset_id")
        there = open_orders_of(asset).filter(fault_kind__code=report.fault_kind).first()
        if there is not None:
            return there
    return _open(SYSTEM, tenant, report, asset, source_key=f"{OWN_PREFIX}{key}")


def _open(
    actor: User | SystemActor,
    tenant: Tenant,
    report: FaultReport,
    asset: Asset | None,
    *,
    source_key: str,
) -> WorkOrder:
    earlier = WorkOrder.objects.filter(case__tenant=tenant, case__source_key=source_key).first()
    if earlier is not None:
        return earlier
    kind, level, about = _read(report, asset)
    choice = _choose(tenant, asset, level)
    outcome = open_case(
        actor,
        tenant=tenant,
        report=NewCase(
            matter_type=MATTER,
            title=f"{kind.name}：{about}"[:120],
            text=report.text.strip(),
            channel=Channel.INTERNAL,
            lon=asset.point.x if asset is not None else None,
            lat=asset.point.y if asset is not None else None,
            address=about,
            priority=_PRIORITY.get(level.number, Priority.NORMAL),
            form_data=_form_data(level, choice, report.source),
            source_key=source_key,
        ),
        files=[NewFile(file, _("上报照片%s") % n) for n, file in enumerate(report.files, start=1)],
        files_as=AttachmentPurpose.REPORT,
    )
    if outcome.repeated:  # another request with this key committed while this one waited
        return WorkOrder.objects.get(case=outcome.case)
    order = _keep(outcome.case, kind, level, choice, asset=asset, about=about, actor=actor)
    order.source, order.is_planned = report.source, report.is_planned
    order.cause = kind.cause
    order.save()
    note(actor, "work_order.reported", order, kind=kind.code, level=level.number)
    _announce(order)
    return order


def _form_data(level: FaultLevel, choice: Choice | None, source: str) -> dict[str, object]:
    data: dict[str, object] = {"level": level.number, "source": str(OrderSource(source).label)}
    return data | ({"contract": choice.contract.pk} if choice is not None else {})


def _read(report: FaultReport, asset: Asset | None) -> tuple[FaultKind, FaultLevel, str]:
    if report.source not in OrderSource.values:
        raise InvalidInput(_("请选择异常来源"), field="source")
    kind = (
        FaultKind.objects.select_related("level")
        .filter(code=report.fault_kind, is_active=True)
        .first()
    )
    if kind is None:
        raise InvalidInput(_("请选择故障类型"), field="fault_kind")
    if not 1 <= len(report.text.strip()) <= TEXT_MAX:
        raise InvalidInput(_("请填写故障情况，不超过%d字") % TEXT_MAX, field="text")
    level = kind.level
    if report.level is not None:
        found = FaultLevel.objects.filter(number=report.level).first()
        if found is None:
            raise InvalidInput(_("没有这个故障等级"), field="level")
        level = found
    about = asset.name if asset is not None else report.about.strip()
    if not 1 <= len(about) <= NAME_MAX:
        raise InvalidInput(_("请选择设备，或填写异常设备名称"), field="about")
    return kind, level, about


def _choose(tenant: Tenant, asset: Asset | None, level: FaultLevel) -> Choice | None:
    area = asset.area if asset is not None else tenant.area
    return choose_contract(
        Need(tenant_id=tenant.pk, asset=asset, area=area, level=level, on=clock.today())
    )


def _keep(
    case: Case,
    kind: FaultKind,
    level: FaultLevel,
    choice: Choice | None,
    *,
    asset: Asset | None,
    about: str,
    actor: Actor,
) -> WorkOrder:
    """The row beside the case; its vendor is proposed, not yet told."""
    contract = choice.contract if choice is not None else None
    respond, restore = limits_for(level, contract)
    return WorkOrder.objects.create(
        case=case,
        asset=asset,
        about=about[:NAME_MAX],
        fault_kind=kind,
        level=level,
        source=OrderSource.ALARM,
        cause=kind.cause,
        tier=contract.tier if contract is not None else "",
        contract=contract,
        vendor=contract.vendor if contract is not None else None,
        because=choice.because if choice is not None else _("没有合同承保该设备，请指定"),
        respond_limit=respond,
        restore_limit=restore,
        reporter=actor if isinstance(actor, User) else None,
        reported_at=case.opened_at,
    )


def _announce(order: WorkOrder) -> None:
    tell(
        managers_of(order.case.tenant_id, order.case.area),
        order,
        kind="task",
        title=_("待确认工单：%s") % order.case.title,
        body=_("%(level)s，%(why)s") % {"level": order.level, "why": order.because},
        key="reported",
    )


# --- Cases others opened ----------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What a case of this matter begins with."""

    kind: FaultKind
    level: FaultLevel
    asset: Asset | None
    choice: Choice | None


def plan_for(case: Case) -> Plan | None:
    """Will give what a case somebody else opened begins with; None before there are levels."""
    alarm = _alarm_of(case)
    asset = alarm.asset if alarm is not None else None
    kind = fault_kind_of(alarm)
    if kind is None:
        return None
    level = _level_for(alarm, kind)
    tenant = Tenant.objects.select_related("area").get(pk=case.tenant_id)
    return Plan(kind, level, asset, _choose(tenant, asset, level))


def _alarm_of(case: Case) -> Alarm | None:
    key = case.source_key or ""
    if not key.startswith(ALARM_PREFIX):
        return None
    return (
        Alarm.objects.filter(pk=int(key.removeprefix(ALARM_PREFIX)))
        .select_related("asset__kind", "asset__area")
        .first()
    )


def fault_kind_of(alarm: Alarm | None) -> FaultKind | None:
    """Will give the kind of fault an alarm is of; None before there are kinds."""
    wanted = alarm.kind if alarm is not None else OTHER
    kinds = FaultKind.objects.select_related("level").filter(is_active=True)
    usual = FAULT_OF_ALARM.get(wanted, OTHER)
    found = {kind.code: kind for kind in kinds.filter(code__in=[wanted, usual, OTHER])}
    return (
        found.get(wanted)
        or found.get(usual)
        or found.get(OTHER)
        or kinds.order_by("-level__number").first()
    )


def _level_for(alarm: Alarm | None, kind: FaultKind) -> FaultLevel:
    """An alarm of the gravest level is a fault of level 1, and so on; never beyond the least."""
    if alarm is None:
        return kind.level
    levels = list(FaultLevel.objects.order_by("number"))
    return levels[min(max(_GRAVEST - alarm.level, 0), len(levels) - 1)]


_GRAVEST = 4


def adopt_case(case: Case, *, at: datetime, by_system: bool) -> WorkOrder | None:
    """Will give an order to a case of this matter that has none; the case is locked or new.

    by_system: no person opened it, so that the order says which rule did, and why.
    """
    found = WorkOrder.objects.filter(case_id=case.pk).first()
    plan = plan_for(case) if found is None else None
    if plan is None:
        return found
    about = plan.asset.name if plan.asset is not None else case.address or case.title
    order = _keep(
        case, plan.kind, plan.level, plan.choice, asset=plan.asset, about=about, actor=SYSTEM
    )
    alarm = _alarm_of(case)
    if alarm is None:
        order.source = OrderSource.MONITORING
    elif by_system:
        _explain(order, alarm)
    order.reported_at = at
    order.save(update_fields=["source", "reported_at", "rule", "rule_version", "reason"])
    ruled = {"rule": order.rule, "version": order.rule_version} if order.rule else {}
    kind = {"kind": plan.kind.code, "level": plan.level.number}
    note(SYSTEM, "work_order.adopted", order, **kind, **ruled)
    _announce(order)
    return order


def _explain(order: WorkOrder, alarm: Alarm) -> None:
    """Says which rule opened it: the alarm's own where that asked for an order, else the kind's."""
    if not alarm.matter and alarm.kind in QUALITY_ALARMS:
        order.rule = DATA_QUALITY
        order.rule_version = auto_order_of(alarm.tenant_id).version
    else:
        order.rule, order.rule_version = alarm.rule, alarm.rule_version
    told = {"pk": alarm.pk, "alarm": alarm.title, "why": alarm.sentence}
    order.reason = (_("告警%(pk)d“%(alarm)s”：%(why)s") % told)[:500]
