"""Work orders as their viewers may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import organization_scope_q, scope_for, scope_of
from apps.alarms.models import Alarm
from apps.alarms.selectors import visible_alarms
from apps.assets.models import Asset
from apps.clocks import selectors as clock_reads
from apps.clocks.models import Clock
from apps.common.errors import NotAllowed, NotFound
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseAttachment, CaseEvent
from apps.matters.selectors import list_attachments, list_timeline
from apps.ops import permissions
from apps.ops.enums import OrderState
from apps.ops.models import Repair, WorkOrder

MATTER, SUBJECT = "ops.fault", "case"
MINE, OTHERS = "mine", "others"


def visible_orders(viewer: User) -> QuerySet[WorkOrder]:
    """Will list the orders a viewer may see, newest first."""
    return (
        WorkOrder.objects.filter(permissions.within_reach(viewer))
        .select_related(
            "case__unit", "case__area", "case__version", "asset__kind", "fault_kind", "level",
            "contract", "vendor", "reporter",
        )
        .defer("case__search", "case__area__boundary")
        .order_by("-case_id")
    )  # fmt: skip


def get_order(viewer: User, order_id: int) -> WorkOrder:
    """Raises: NotFound (no such order, or not for this viewer)."""
    found = visible_orders(viewer).filter(pk=order_id).first()
    if found is None:
        raise NotFound(_("没有这张工单，或您无权查看"))
    return found


def order_of(case: Case) -> WorkOrder | None:
    """Will give the order of a case, or None."""
    return (
        WorkOrder.objects.filter(case_id=case.pk)
        .select_related("contract__calendar", "fault_kind", "level", "vendor", "asset")
        .first()
    )


def narrowed(viewer: User, **wanted: Any) -> QuerySet[WorkOrder]:
    """Will list the visible orders that fit: state, area (an Area), source, name (of the thing, or
    its code, or the number of the order), whose (mine, others), level, vendor (keys), from_on,
    to_on (days of the report, both included), late (bool). Source: OP-12.
    """
    found = visible_orders(viewer)
    plain = {
        "state": "case__state", "source": "source", "level": "level", "vendor": "vendor",
        "cause": "cause",
    }  # fmt: skip
    found = found.filter(**{plain[key]: wanted[key] for key in plain if wanted.get(key)})
    if area := wanted.get("area"):
        found = found.filter(case__area_path__startswith=area.path)
    if name := wanted.get("name"):
        found = found.filter(
            Q(about__icontains=name) | Q(asset__code__startswith=name) | Q(case__number=name)
        )
    if day := wanted.get("from_on"):
        found = found.filter(reported_at__gte=_start(day))
    if day := wanted.get("to_on"):
        found = found.filter(reported_at__lt=_start(day + timedelta(days=1)))
    if wanted.get("late"):
        found = found.filter(Q(respond_late=True) | Q(restore_late=True))
    if whose := wanted.get("whose"):
        mine = mine_q(viewer)
        found = found.filter(mine if whose == MINE else ~mine)
    return found


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def mine_q(viewer: User) -> Q:
    """Will give the condition "I reported it, I repair it, or I confirmed it"."""
    repaired = Repair.objects.filter(person=viewer).values("order")
    acted = CaseEvent.objects.filter(actor_id=viewer.pk, case__matter_type__code=MATTER)
    return Q(reporter=viewer) | Q(pk__in=repaired) | Q(case__in=acted.values("case"))


def count_states(found: QuerySet[WorkOrder]) -> dict[str, int]:
    """Will count a list by state."""
    rows = found.order_by().values_list("case__state").annotate(n=Count("pk"))
    return dict(rows)


@dataclass(frozen=True)
class Dial:
    """One clock of an order as a page shows it. text, level: as ``clocks.selectors.remaining``."""

    clock: Clock
    text: str
    level: str


def dials_of(orders: Iterable[WorkOrder]) -> dict[int, dict[str, Dial]]:
    """Will give the clocks of many orders by order key and name of the clock, in one query."""
    by_case = {order.case_id: order.pk for order in orders}
    found: dict[int, dict[str, Dial]] = {}
    for case_id, clocks in clock_reads.clocks_of(SUBJECT, by_case).items():
        found[by_case[case_id]] = {each.name: _dial(each) for each in clocks}
    return found


def _dial(each: Clock) -> Dial:
    left = clock_reads.remaining(each)
    return Dial(each, left.text, "over" if each.breached_at else left.level)


def explain_clocks(order: WorkOrder) -> list[tuple[Dial, list[str]]]:
    """Will give the clocks of an order, each with how its deadline came about."""
    clocks = clock_reads.clocks_of(SUBJECT, [order.case_id])[order.case_id]
    return [(_dial(each), clock_reads.explain(each)) for each in clocks]


def timeline_of(order: WorkOrder) -> list[Any]:
    """Will give what happened to an order, as the case keeps it."""
    return list(list_timeline(order.case))


def report_photos(order: WorkOrder) -> list[CaseAttachment]:
    """Will give every file of the case: the reporter's pictures follow into the order."""
    return list(list_attachments(order.case))


def repairs_of(order: WorkOrder) -> list[Repair]:
    """Will give the repairs of an order with parts, pictures and proofs, the latest first."""
    return list(
        order.repairs.select_related("person", "unit")
        .prefetch_related("parts", "photos__file", "proofs")
        .order_by("-number")
    )


def open_orders_of(asset: Asset) -> QuerySet[WorkOrder]:
    """Will list the orders of a thing that have not ended, newest first."""
    return (
        WorkOrder.objects.filter(asset=asset)
        .exclude(case__category=StateCategory.ENDED)
        .select_related("case__version", "fault_kind")
        .order_by("-pk")
    )


def orders_to_repair(viewer: User) -> QuerySet[WorkOrder]:
    """Will list the orders the viewer's units are to repair now, the longest waiting first."""
    scope = scope_for(viewer, permissions.REPAIR)
    mine = organization_scope_q(scope, "case__unit_path") & ~Q(case__unit_path="")
    return (
        visible_orders(viewer)
        .filter(mine, case__state__in=[OrderState.SENT, OrderState.HANDLING])
        .order_by("case_id")
    )


def alarms_of(viewer: User, order: WorkOrder) -> QuerySet[Alarm]:
    """Will list the alarms an order came from, those the viewer may open."""
    return visible_alarms(viewer).filter(case_id=order.case_id).order_by("pk")


def tenant_of(actor: User) -> Tenant:
    """Will give the body a colleague works for. Raises: NotAllowed (holds no post)."""
    scope = scope_of(actor)
    found = Tenant.objects.select_related("area")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotAllowed(_("您没有任职单位"))
    return tenant
