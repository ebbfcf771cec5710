"""Preventive maintenance: plans, and the orders their turns call for, each once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.assets.models import Asset
from apps.assets.selectors import assets_in
from apps.audit import services as audit
from apps.audit.services import SYSTEM, changes, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.matters.services import perform
from apps.ops import permissions
from apps.ops.enums import Beat, OrderSource
from apps.ops.models import FaultKind, MaintenancePlan, PlannedWork, WorkOrder
from apps.ops.registry import find_meter
from apps.ops.services.reporting import FaultReport, report_found
from apps.places.models import Area

EVERY_MAX = {Beat.DAYS: 3660, Beat.WEEKS: 520, Beat.MONTHS: 120, Beat.METER: 100_000_000}
AHEAD_MAX, TEXT_MAX, NAME_MAX = 90, 500, 80
#: Things of one plan; more are looked after by several plans.
THINGS_MOST = 500
_KEPT = (
    "name", "text", "asset", "kind", "area", "fault_kind", "beat", "every", "meter", "first_on",
    "ahead_days", "is_active",
)  # fmt: skip


@dataclass(frozen=True)
class PlanSpec:
    """What a plan says, as ``MaintenancePlan`` keeps it."""

    name: str
    text: str
    area: Area
    fault_kind: FaultKind
    beat: str
    every: int
    first_on: date
    ahead_days: int = 3
    meter: str = ""
    asset_id: int | None = None
    kind_id: int | None = None
    is_active: bool = True


@transaction.atomic
def save_plan(
    actor: User, *, tenant: Tenant, spec: PlanSpec, plan_id: int | None = None
) -> MaintenancePlan:
    """Will keep a plan; orders made by its former wording stay.

    Raises: NotFound; NotAllowed; InvalidInput (name, text, asset, kind, beat, every, meter,
        ahead_days). Source: OP-17, issue "preventive maintenance plans".
    """
    permissions.require_keep(actor, tenant_id=tenant.pk)
    _check(spec)
    plan = MaintenancePlan(tenant=tenant)
    if plan_id is not None:
        found = MaintenancePlan.objects.select_for_update().filter(pk=plan_id, tenant=tenant)
        there = found.first()
        if there is None:
            raise NotFound(_("没有这个保养计划"))
        plan = there
    before = snapshot(plan, *_KEPT)
    for name in ("name", "text", "beat", "every", "meter", "first_on", "ahead_days", "is_active"):
        setattr(plan, name, getattr(spec, name))
    plan.area, plan.fault_kind = spec.area, spec.fault_kind
    plan.asset_id, plan.kind_id = spec.asset_id, spec.kind_id
    plan.save()
    audit.record(
        actor, "maintenance_plan.saved", object_type="ops.plan", object_id=plan.pk,
        object_label=plan.name, data=changes(before, snapshot(plan, *_KEPT)),
    )  # fmt: skip
    return plan


def _check(spec: PlanSpec) -> None:
    if not 1 <= len(spec.name.strip()) <= NAME_MAX:
        raise InvalidInput(_("请填写名称，不超过%d字") % NAME_MAX, field="name")
    if not 1 <= len(spec.text.strip()) <= TEXT_MAX:
        raise InvalidInput(_("请填写保养内容，不超过%d字") % TEXT_MAX, field="text")
    if (spec.asset_id is None) == (spec.kind_id is None):
        raise InvalidInput(_("请选择一台设备或一类设备，二者选一"), field="kind")
    if spec.beat not in Beat.values:
        raise InvalidInput(_("请选择周期单位"), field="beat")
    most = EVERY_MAX[Beat(spec.beat)]
    if not 1 <= spec.every <= most:
        raise InvalidInput(_("周期须在1至%d之间") % most, field="every")
    if not 0 <= spec.ahead_days <= AHEAD_MAX:
        raise InvalidInput(_("提前天数须在0至%d之间") % AHEAD_MAX, field="ahead_days")
    if (spec.beat == Beat.METER) != bool(spec.meter):
        raise InvalidInput(_("按读数保养时须选择读数项目，其他周期不选"), field="meter")
    if spec.meter and find_meter(spec.meter) is None:
        raise InvalidInput(_("没有这个读数项目"), field="meter")


# --- Turns ----------------------------------------------------------------------------------


def day_of(plan: MaintenancePlan, turn: int) -> date:
    """Will give the day of the n-th turn (0: the first) of a plan that goes by the calendar.

    Months keep the day of the month of ``first_on``; where a month has no such day, its last.
    """
    if plan.beat != Beat.MONTHS:
        days = plan.every * (7 if plan.beat == Beat.WEEKS else 1)
        return plan.first_on + timedelta(days=days * turn)
    months = plan.first_on.month - 1 + plan.every * turn
    first = date(plan.first_on.year + months // 12, months % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=plan.first_on.day - 1), following - timedelta(days=1))


def turns_between(plan: MaintenancePlan, since: date, until: date) -> Iterator[date]:
    """Will give the days a calendar plan is due between two days, both included."""
    if plan.beat == Beat.METER:
        return
    days = {Beat.DAYS: 1, Beat.WEEKS: 7, Beat.MONTHS: 28}[Beat(plan.beat)] * plan.every
    longest = {Beat.DAYS: 1, Beat.WEEKS: 7, Beat.MONTHS: 31}[Beat(plan.beat)] * plan.every
    turn = max((since - plan.first_on).days // longest - 1, 0)
    for number in range(turn, turn + (until - since).days // days + 400 // days + 4):
        day = day_of(plan, number)
        if day > until:
            return
        if day >= since:
            yield day


def things_of(plan: MaintenancePlan) -> list[Asset]:
    """Will give what a plan looks after today, at most 500 things."""
    found = assets_in([plan.area]).select_related("kind", "area")
    if plan.asset_id is not None:
        return list(found.filter(pk=plan.asset_id))
    return list(found.filter(kind_id=plan.kind_id)[:THINGS_MOST])


def make_due() -> int:
    """Will make the orders every plan calls for by today; gives how many. Safe to run twice.

    A turn missed while nothing ran is made up for once: of several past turns of a thing only the
    latest is made. Each order has a transaction of its own.
    """
    made, today = 0, clock.today()
    plans = MaintenancePlan.objects.filter(is_active=True, first_on__lte=today + timedelta(90))
    for plan in plans.select_related("tenant__area", "area", "fault_kind__level"):
        for asset, turn, day, reading in _due(plan, today):
            made += _make(plan, asset, turn=turn, day=day, reading=reading)
    return made


def _due(plan: MaintenancePlan, today: date) -> Iterator[tuple[Asset, str, date, Decimal | None]]:
    if plan.beat == Beat.METER:
        yield from _due_by_meter(plan, today)
        return
    until = today + timedelta(days=plan.ahead_days)
    days = list(turns_between(plan, plan.first_on, until))
    if not days:
        return
    day = days[-1]
    turn = day.isoformat()
    done = set(plan.works.filter(turn=turn).values_list("asset_id", flat=True))
    for asset in things_of(plan):
        if asset.pk not in done:
            yield asset, turn, day, None


def _due_by_meter(
    plan: MaintenancePlan, today: date
) -> Iterator[tuple[Asset, str, date, Decimal | None]]:
    """A thing is due each time its figure has grown by ``every``; the first look only notes it."""
    meter = find_meter(plan.meter)
    if meter is None or plan.first_on > today:
        return
    last = {work.asset_id: work for work in plan.works.order_by("pk")}
    for asset in things_of(plan):
        reading = meter.read(asset)
        before = last.get(asset.pk)
        if reading is None:
            continue
        if before is None or before.reading is None or reading < before.reading:
            _begin(plan, asset, reading, today, replaced=before)
        elif reading - before.reading >= plan.every:
            yield asset, f"m{reading.normalize():f}"[:20], today, reading


def _begin(
    plan: MaintenancePlan,
    asset: Asset,
    reading: Decimal,
    today: date,
    *,
    replaced: PlannedWork | None,
) -> None:
    """Counting begins where the figure stands; it begins anew where a meter was replaced."""
    turn = f"b{plan.works.filter(asset=asset).count()}"
    PlannedWork.objects.get_or_create(
        plan=plan, asset=asset, turn=turn,
        defaults={"due_on": today, "reading": reading, "made_at": clock.now()},
    )  # fmt: skip


@transaction.atomic
def _make(
    plan: MaintenancePlan, asset: Asset, *, turn: str, day: date, reading: Decimal | None
) -> bool:
    """One order for one turn; the row of the turn keeps a second run from making another."""
    work, is_new = PlannedWork.objects.get_or_create(
        plan=plan, asset=asset, turn=turn,
        defaults={"due_on": day, "reading": reading, "made_at": clock.now()},
    )  # fmt: skip
    if not is_new:
        return False
    order = report_found(
        key=f"plan:{work.pk}",
        tenant=plan.tenant,
        report=FaultReport(
            fault_kind=plan.fault_kind.code,
            text=_("计划保养“%(plan)s”，应于%(day)s完成：%(text)s")
            % {"plan": plan.name, "day": day, "text": plan.text},
            source=OrderSource.PLAN,
            asset_id=asset.pk,
            is_planned=True,
        ),
    )
    taken = PlannedWork.objects.filter(order=order).exists()
    if not taken:
        work.order = order
        work.save(update_fields=["order"])
    _send(order)
    return True


def _send(order: WorkOrder) -> None:
    """Planned work needs nobody's confirmation where a contract covers the thing."""
    if order.contract is not None and order.vendor is not None and order.sent_at is None:
        perform(
            SYSTEM, case_id=order.case_id, action="reassign",
            data={"unit": order.vendor_id, "reason": _("计划保养，按合同派出")}, key="planned",
        )  # fmt: skip
