"""Maintenance plans, and the calendar of what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.common.errors import NotFound
from apps.ops import permissions
from apps.ops.models import MaintenancePlan, PlannedWork


def list_plans(viewer: User) -> QuerySet[MaintenancePlan]:
    """Will list the plans of the viewer's bodies and areas."""
    scope = scope_for(viewer, permissions.KEEP, permissions.CONFIRM)
    found = MaintenancePlan.objects.select_related(
        "tenant", "asset", "kind", "area", "fault_kind"
    ).defer("area__boundary")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
        found = found.filter(area_scope_q(scope, "area__path"))
    return found.order_by("-is_active", "name", "pk")


def get_plan(viewer: User, pk: int) -> MaintenancePlan:
    """Raises: NotFound."""
    found = list_plans(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个保养计划"))
    return found


@dataclass(frozen=True)
class Due:
    """What is due on a day by a plan. works: made already; empty for a day to come."""

    on: date
    plan: MaintenancePlan
    works: Sequence[PlannedWork]

    @property
    def done(self) -> int:
        """How many of the orders made have ended."""
        return sum(w.order is not None and w.order.closed_at is not None for w in self.works)


def works_between(
    viewer: User, since: date, until: date
) -> dict[tuple[int, date], list[PlannedWork]]:
    """Will give the turns made between two days, both included, by plan and day."""
    found: dict[tuple[int, date], list[PlannedWork]] = {}
    rows = PlannedWork.objects.filter(
        plan__in=list_plans(viewer).values("pk"), due_on__gte=since, due_on__lte=until
    ).exclude(turn__startswith="b")
    for work in rows.select_related("order__case", "asset"):
        found.setdefault((work.plan_id, work.due_on), []).append(work)
    return found
