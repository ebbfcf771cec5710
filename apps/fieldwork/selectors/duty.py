"""Who is on duty now, where they were last seen, and what they have to do.

``on_duty`` and ``nearest_on_duty`` answer machines that dispatch; pages scope what they show
by the viewer (``on_duty_for``). Nobody's place is told outside their time on duty.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.common import clock
from apps.fieldwork.enums import OPEN_PATROLS, WorkerState
from apps.fieldwork.models import DutySession, LastPosition, Patrol, Worker
from apps.fieldwork.permissions import READERS, within_reach
from apps.fieldwork.registry import loads
from apps.fieldwork.selectors.workers import cells_by_worker
from apps.places.geometry import distance_m as metres_between
from apps.places.models import Area

#: A fix older than this says little about where somebody is.
FRESH = timedelta(minutes=30)


@dataclass(frozen=True)
class OnDuty:
    """Somebody on duty. area_paths: of the cells of that day, else of their unit's area.

    point, seen_at: the last trusted fix, None before there is one or without consent.
    load: what they have to do that day, in things. distance_m: from the place asked about.
    """

    worker: Worker
    user: User
    area_paths: tuple[str, ...]
    point: Point | None
    seen_at: datetime | None
    load: int
    distance_m: float | None = None


def sessions_at(moment: datetime) -> QuerySet[DutySession]:
    """Will give the times on duty that run at a moment, of active workers."""
    running = Q(ended_at__isnull=True) | Q(ended_at__gt=moment)
    return DutySession.objects.filter(
        running, started_at__lte=moment, worker__state=WorkerState.ACTIVE
    ).select_related("worker__user", "worker__unit")


def on_duty(*, area_path: str = "", at: datetime | None = None) -> list[OnDuty]:
    """Will give who is on duty, by worker; five queries and one per kind of load.

    area_path: only those with a cell (or, without cells, a unit) in or under this area.
    """
    moment = at or clock.now()
    return [one for one in _gather(sessions_at(moment), moment) if _lies_in(one, area_path)]


def on_duty_for(viewer: User) -> list[OnDuty]:
    """Will give who is on duty now in the viewer's areas."""
    moment = clock.now()
    mine = sessions_at(moment).filter(within_reach(viewer, *READERS, prefix="worker__"))
    return _gather(mine, moment)


def nearest_on_duty(
    *, point: Point, tenant_id: int, at: datetime | None = None, limit: int = 5
) -> list[OnDuty]:
    """Will give workers of a body on duty, nearest first, each with ``distance_m``.

    point: SRID 4326. Whoever was not seen for half an hour comes behind all others with
    ``distance_m`` None, those whose cell holds the point first; equals by load.
    """
    moment = at or clock.now()
    found = _gather(sessions_at(moment).filter(worker__tenant_id=tenant_id), moment)
    holding = _paths_holding(point, moment)
    measured = [replace(one, distance_m=_distance(one, point, moment)) for one in found]

    def order(one: OnDuty) -> tuple[bool, float, bool, int, int]:
        away = one.distance_m is None
        is_theirs = any(path in holding for path in one.area_paths)
        return (away, one.distance_m or 0, not is_theirs, one.load, one.worker.pk)

    return sorted(measured, key=order)[:limit]


def load_of(user_ids: Iterable[int], moment: datetime) -> dict[int, int]:
    """Will give what people have to do on the day of a moment, in things, by user."""
    ids = list(user_ids)
    begin = timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    total: dict[int, float] = dict.fromkeys(ids, 0)
    for source in loads():
        for user_id, amount in source.ask(ids, begin, begin + timedelta(days=1)).items():
            total[user_id] = total.get(user_id, 0) + amount
    patrols = Patrol.objects.filter(
        worker__user__in=ids, day=begin.date(), state__in=OPEN_PATROLS
    ).values_list("worker__user_id", flat=True)
    for user_id in patrols:
        total[user_id] += 1
    return {user_id: round(amount) for user_id, amount in total.items()}


def _gather(sessions: QuerySet[DutySession], moment: datetime) -> list[OnDuty]:
    running = list(sessions.order_by("worker_id", "-started_at"))
    ids = [one.worker_id for one in running]
    seen = {one.session_id: one for one in LastPosition.objects.filter(session__in=running)}
    cells = cells_by_worker(ids, timezone.localdate(moment))
    load = load_of([one.worker.user_id for one in running], moment)
    return [
        OnDuty(
            worker=one.worker,
            user=one.worker.user,
            area_paths=tuple(cell.path for cell in cells.get(one.worker_id, []))
            or (one.worker.area_path,),
            point=seen[one.pk].point if one.pk in seen else None,
            seen_at=seen[one.pk].at if one.pk in seen else None,
            load=load[one.worker.user_id],
        )
        for one in running
    ]


def _lies_in(one: OnDuty, area_path: str) -> bool:
    return any(path.startswith(area_path) for path in one.area_paths)


def _distance(one: OnDuty, point: Point, moment: datetime) -> float | None:
    if one.point is None or one.seen_at is None or moment - one.seen_at > FRESH:
        return None
    return metres_between(one.point, point)


def _paths_holding(point: Point, moment: datetime) -> set[str]:
    held = Area.objects.valid_on(timezone.localdate(moment)).filter(boundary__covers=point)
    return set(held.values_list("path", flat=True))
