"""Targets followed against work orders, and how they were met. Source: OP-17."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import F, QuerySet, Sum

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.appraisal import permissions
from apps.appraisal.enums import Grade
from apps.appraisal.models import Target
from apps.appraisal.reckoning import Rate
from apps.appraisal.reckoning.scoring import as_cents
from apps.appraisal.selectors.runs import month_of
from apps.ops.enums import CLOSED
from apps.ops.models import FaultKind, Repair, RepairPart, WorkOrder

#: From which score each grade is given, best first.
GRADES = ((95, Grade.EXCELLENT), (85, Grade.GOOD), (70, Grade.PASSED), (0, Grade.FAILED))


@dataclass(frozen=True)
class Tracked:
    """A target and what came of it. None: nothing to judge yet.

    done: orders closed in the month. hours: mean from report to repair without suspensions.
    cost: labour and parts of accepted repairs, yuan. on_time: repaired by their limit, of those
    judged. score: mean of the shares reached (each at most 100), the limits kept among them.
    """

    target: Target
    work_name: str
    done: int
    hours: Decimal | None
    cost: Decimal
    on_time: Rate
    score: Decimal | None
    grade: Grade | None


def list_targets(viewer: User, tenant: Tenant, month: date) -> list[Target]:
    """Will give the targets of a month: all of the own areas, or those of the viewer's vendor."""
    found = Target.objects.filter(tenant=tenant, month=month.replace(day=1)).select_related("area")
    scope = scope_for(viewer, *permissions.WATCHERS)
    if permissions.is_watcher(viewer):
        ground = tenant.area.path if tenant.area is not None else ""
        if scope.everything or scope.covers_area(ground):
            return list(found)
        return [one for one in found if one.area and scope.covers_area(one.area.path)]
    return list(found.filter(vendor__in=permissions.vendors_of(viewer)))


def track(targets: Sequence[Target]) -> list[Tracked]:
    """Will follow each target against the orders closed in its month."""
    names = dict(works())
    return [_tracked(one, names) for one in targets]


def works() -> list[tuple[str, str]]:
    """Will give the kinds of work a target may be about: code and name."""
    return list(FaultKind.objects.order_by("code").values_list("code", "name"))


def _tracked(target: Target, names: dict[str, str]) -> Tracked:
    orders = _orders(target)
    told = list(orders)
    spans = [
        Fraction(max(int((o.restored_at - o.reported_at).total_seconds()) - o.suspended_s, 0), 3600)
        for o in told
        if o.restored_at is not None
    ]
    mean = sum(spans, Fraction(0)) / len(spans) if spans else None
    judged = [order for order in told if order.restore_late is not None]
    on_time = Rate(sum(not order.restore_late for order in judged), len(judged))
    cost = _cost(orders)
    score = _score(target, len(told), mean, cost, on_time)
    return Tracked(
        target, names.get(target.work, ""), len(told), None if mean is None else as_cents(mean),
        cost, on_time, score, None if score is None else _grade(score),
    )  # fmt: skip


def _orders(target: Target) -> QuerySet[WorkOrder]:
    period = month_of(target.month)
    found = WorkOrder.objects.filter(
        case__tenant=target.tenant_id, case__state=CLOSED, vendor__name=target.vendor,
        closed_at__gte=period.start, closed_at__lt=period.end,
    )  # fmt: skip
    if target.area is not None:
        found = found.filter(case__area_path__startswith=target.area.path)
    return found.filter(fault_kind__code=target.work) if target.work else found


def _cost(orders: QuerySet[WorkOrder]) -> Decimal:
    repairs = Repair.objects.filter(order__in=orders.values("pk"), is_accepted=True)
    parts = RepairPart.objects.filter(repair__in=repairs)
    labour = repairs.aggregate(sum=Sum("cost"))["sum"] or Decimal(0)
    spent = parts.aggregate(sum=Sum(F("quantity") * F("price")))["sum"] or Decimal(0)
    return Decimal(labour + spent).quantize(Decimal("0.01"))


def _score(
    target: Target, done: int, mean: Fraction | None, cost: Decimal, on_time: Rate
) -> Decimal | None:
    shares: list[Fraction] = []
    if target.quantity:
        shares.append(min(Fraction(1), Fraction(done, target.quantity)))
    if target.hours is not None and mean is not None:
        shares.append(_at_most(mean, Fraction(target.hours)))
    if target.cost is not None and done:
        shares.append(_at_most(Fraction(cost), Fraction(target.cost)))
    if on_time.due:
        shares.append(Fraction(on_time.good, on_time.due))
    return as_cents(100 * sum(shares, Fraction(0)) / len(shares)) if shares else None


def _at_most(found: Fraction, most: Fraction) -> Fraction:
    return Fraction(1) if found <= most else most / found


def _grade(score: Decimal) -> Grade:
    return next(grade for least, grade in GRADES if score >= least)
