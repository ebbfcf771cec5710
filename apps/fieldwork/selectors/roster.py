"""Rosters of a week, and leave."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.fieldwork.enums import LeaveState, WorkerState
from apps.fieldwork.models import DutyDay, Leave, Shift, Worker
from apps.fieldwork.permissions import LEAD, READERS, within_reach


@dataclass(frozen=True)
class RosterCell:
    """One day of one worker: the shift (None: rest, or nothing made yet), whether on leave."""

    day: date
    duty: DutyDay | None
    is_away: bool


@dataclass(frozen=True)
class RosterRow:
    """A worker's week."""

    worker: Worker
    cells: list[RosterCell]


def week_of(viewer: User, monday: date, *, unit_id: int | None = None) -> list[RosterRow]:
    """Will give the week of the active workers in the viewer's areas; three queries.

    unit_id: of this unit only.
    """
    workers = Worker.objects.filter(within_reach(viewer, *READERS), state=WorkerState.ACTIVE)
    if unit_id is not None:
        workers = workers.filter(unit_id=unit_id)
    shown = list(workers.select_related("user", "unit").order_by("unit__path", "user__name_pinyin"))
    return rows_of(shown, monday)


def rows_of(workers: list[Worker], monday: date) -> list[RosterRow]:
    """Will give the week of these workers; two queries."""
    days = [monday + timedelta(days=n) for n in range(7)]
    span = (days[0], days[-1])
    made: dict[tuple[int, date], DutyDay] = {
        (one.worker_id, one.day): one
        for one in DutyDay.objects.filter(worker__in=workers, day__range=span).select_related(
            "shift"
        )
    }
    away: dict[int, list[Leave]] = defaultdict(list)
    leaves = Leave.objects.filter(
        worker__in=workers,
        state=LeaveState.APPROVED,
        from_on__lte=days[-1],
        to_on__gte=days[0],
    )
    for leave in leaves:
        away[leave.worker_id].append(leave)

    def cell(worker: Worker, day: date) -> RosterCell:
        gone = any(one.from_on <= day <= one.to_on for one in away[worker.pk])
        return RosterCell(day, made.get((worker.pk, day)), gone)

    return [RosterRow(worker, [cell(worker, day) for day in days]) for worker in workers]


def rostered(
    user_ids: Collection[int], *, since: datetime, until: datetime
) -> list[tuple[int, datetime | None, datetime | None]]:
    """Will give the duty of people from the day before ``since`` to ``until``, by their accounts.

    Each row: user, begin, end (aware); both None on a rest day. Nobody's row is no roster.
    """
    first = timezone.localdate(since) - timedelta(days=1)
    found = DutyDay.objects.filter(
        worker__user_id__in=user_ids, day__range=(first, timezone.localdate(until))
    )
    rows = found.order_by("worker__user_id", "day")
    return list(rows.values_list("worker__user_id", "starts_at", "ends_at"))


def shifts_for(viewer: User, *, active: bool = True) -> QuerySet[Shift]:
    """Will give the shifts of the units in the viewer's areas."""
    scope = scope_for(viewer, *READERS)
    found = Shift.objects.filter(area_scope_q(scope, "unit__area__path"))
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if active:
        found = found.filter(is_active=True)
    return found.select_related("unit__area").order_by("unit__path", "starts_at", "pk")


def list_leaves(viewer: User, *, state: str = "") -> QuerySet[Leave]:
    """Will give the leaves of the viewer's areas and the viewer's own, open ones first."""
    mine = Q(worker__user_id=viewer.pk) | Q(deputy__user_id=viewer.pk)
    found = Leave.objects.filter(mine | within_reach(viewer, LEAD, prefix="worker__"))
    if state:
        found = found.filter(state=state)
    return found.select_related("worker__user", "worker__unit", "deputy__user").order_by(
        "-state", "-from_on", "-pk"
    )


def units_led(viewer: User, *permissions: str) -> QuerySet[Organization]:
    """Will give the active units with an area in the viewer's reach by one of these rights."""
    scope = scope_for(viewer, *(permissions or (LEAD,)))
    found = Organization.objects.filter(area_scope_q(scope, "area__path"), is_active=True)
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    return found.select_related("area", "tenant").order_by("path")
