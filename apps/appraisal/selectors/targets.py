"""Targets followed against work orders, and how they were met. Source: OP-17."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.contrib.auth.models import Permission
from django.db.models import F, Q, QuerySet, Sum

from apps.accounts.models import Appointment, Post, Tenant, User
from apps.accounts.selectors import scope_for
from apps.appraisal import permissions
from apps.appraisal.enums import Grade
from apps.appraisal.models import Target
from apps.appraisal.reckoning import Rate
from apps.appraisal.reckoning.scoring import as_cents
from apps.appraisal.selectors.runs import month_of
from apps.ops.enums import CLOSED
from apps.ops.models import FaultKind, Repair, RepairPart, WorkOrder
from apps.ops.permissions import REPAIR

#: From which score each grade is given, best first.
GRADES = ((95, Grade.EXCELLENT), (85, Grade.GOOD), (70, Grade.PASSED), (0, Grade.FAILED))


@dataclass(frozen=True)
class Tracked:
    """A target and what came of it. None: nothing to judge yet.

    heads: who held the post in the month, 1 for a vendor: a post's quantity and cost are
    expected of each. done: orders closed in the month. hours: mean from report to repair without
    suspensions. cost: labour and parts of accepted repairs, yuan. on_time: repaired by their
    limit, of those
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
    heads: int = 1

    @property
    def quantity(self) -> int | None:
        """Orders expected of all together."""
        return None if self.target.quantity is None else self.target.quantity * self.heads

    @property
    def limit(self) -> Decimal | None:
        """Yuan all together may spend."""
        return None if self.target.cost is None else self.target.cost * self.heads


def list_targets(viewer: User, tenant: Tenant, month: date) -> list[Target]:
    """Will give the targets of a month: all of the own areas, or those of the viewer's vendor."""
    found = Target.objects.filter(tenant=tenant, month=month.replace(day=1)).select_related(
        "area", "post__organization"
    )
    scope = scope_for(viewer, *permissions.WATCHERS)
    if permissions.is_watcher(viewer):
        ground = tenant.area.path if tenant.area is not None else ""
        if scope.everything or scope.covers_area(ground):
            return list(found)
        return [one for one in found if one.area and scope.covers_area(one.area.path)]
    own = permissions.vendors_of(viewer)
    return list(found.filter(Q(vendor__in=own) | Q(post__organization__name__in=own)))


def list_repair_posts(tenant: Tenant) -> QuerySet[Post]:
    """Will give the posts of a body whose people repair, for choosing one."""
    app_label, _dot, codename = REPAIR.partition(".")
    repairing = Permission.objects.filter(codename=codename, content_type__app_label=app_label)
    return (
        Post.objects.filter(organization__tenant=tenant, roles__permissions__in=repairing)
        .select_related("organization")
        .order_by("organization__path", "name")
        .distinct()
    )


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
    heads = 1 if target.post_id is None else max(len(_holders(target)), 1)
    score = _score(target, heads, len(told), mean, cost, on_time)
    return Tracked(
        target, names.get(target.work, ""), len(told), None if mean is None else as_cents(mean),
        cost, on_time, score, None if score is None else grade_of(score), heads,
    )  # fmt: skip


def _orders(target: Target) -> QuerySet[WorkOrder]:
    period = month_of(target.month)
    found = WorkOrder.objects.filter(
        case__tenant=target.tenant_id, case__state=CLOSED,
        closed_at__gte=period.start, closed_at__lt=period.end,
    )  # fmt: skip
    if target.post is not None:
        mended = Repair.objects.filter(
            is_accepted=True, unit=target.post.organization, person__in=_holders(target)
        )
        found = found.filter(pk__in=mended.values("order"))
    else:
        found = found.filter(vendor__name=target.vendor)
    if target.area is not None:
        found = found.filter(case__area_path__startswith=target.area.path)
    return found.filter(fault_kind__code=target.work) if target.work else found


def _holders(target: Target) -> set[int]:
    """Who held the post of a target within its month."""
    period = month_of(target.month)
    held = Appointment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=period.first), from_on__lte=period.last,
        post=target.post_id,
    )  # fmt: skip
    return set(held.values_list("user_id", flat=True))


def _cost(orders: QuerySet[WorkOrder]) -> Decimal:
    repairs = Repair.objects.filter(order__in=orders.values("pk"), is_accepted=True)
    parts = RepairPart.objects.filter(repair__in=repairs)
    labour = repairs.aggregate(sum=Sum("cost"))["sum"] or Decimal(0)
    spent = parts.aggregate(sum=Sum(F("quantity") * F("price")))["sum"] or Decimal(0)
    return Decimal(labour + spent).quantize(Decimal("0.01"))


def _score(
    target: Target, heads: int, done: int, mean: Fraction | None, cost: Decimal, on_time: Rate
) -> Decimal | None:
    shares: list[Fraction] = []
    if target.quantity:
        shares.append(min(Fraction(1), Fraction(done, target.quantity * heads)))
    if target.hours is not None and mean is not None:
        shares.append(_at_most(mean, Fraction(target.hours)))
    if target.cost is not None and done:
        shares.append(_at_most(Fraction(cost), Fraction(target.cost) * heads))
    if on_time.due:
        shares.append(Fraction(on_time.good, on_time.due))
    return as_cents(100 * sum(shares, Fraction(0)) / len(shares)) if shares else None


def _at_most(found: Fraction, most: Fraction) -> Fraction:
    return Fraction(1) if found <= most else most / found


def grade_of(score: Decimal) -> Grade:
    """Will give the grade of a score of 0 to 100."""
    return next(grade for least, grade in GRADES if score >= least)
