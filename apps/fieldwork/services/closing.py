"""The end of a patrol's window: what was missed, and how far the walk went. Source: GR-03.

Track and coverage are computed by PostGIS in the city's metric plane from the trusted fixes of
the patrol; a way is broken where no fix came for five minutes, so nobody is credited with a
straight line through houses.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM, record_row
from apps.common import clock
from apps.fieldwork.enums import PatrolState, StopState
from apps.fieldwork.models import Patrol, Position
from apps.fieldwork.services.telling import leaders_in
from apps.notices import services as notices
from apps.places.geometry import degrees_apart_m, metric_srid

WORST_ACCURACY_M = 50
STANDING_M = 5
GAP = timedelta(minutes=5)
BEFORE_FIRST = timedelta(minutes=30)
SEEN_M = 30

_GROUND = """
    WITH ground AS (
        SELECT ST_Union(ST_Transform(area.boundary, %(srid)s)) AS shape
        FROM places_area area
        JOIN fieldwork_patrol_cells chosen ON chosen.area_id = area.id
        WHERE chosen.patrol_id = %(patrol)s
    )
    SELECT ST_Area(ST_Intersection(
               shape,
               ST_Buffer(ST_Transform(ST_GeomFromEWKT(%(track)s), %(srid)s), %(seen)s)
           )) / NULLIF(ST_Area(shape), 0)
    FROM ground
"""


@transaction.atomic
def close_windows(*, limit: int = 500) -> int:
    """Will close the patrols whose window is over; gives how many.

    Points without a check-in are missed; worker and leaders are told once. Locks the patrols,
    leaving alone those another process has.
    """
    over = Patrol.objects.filter(ends_at__lt=clock.now(), closed_at__isnull=True)
    over = over.select_related("plan__unit", "worker__user").order_by("pk")
    patrols = list(over.select_for_update(skip_locked=True, of=("self",))[:limit])
    for patrol in patrols:
        _close(patrol)
    return len(patrols)


def measure_due(*, limit: int = 200) -> int:
    """Will measure what was walked and not measured, or more of which has come in since."""
    due = Patrol.objects.filter(measured_at__isnull=True, started_at__isnull=False)
    due = due.exclude(finished_at__isnull=True, closed_at__isnull=True)
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:limit])
    for patrol_id in ids:
        measure(patrol_id)
    return len(ids)


@transaction.atomic
def measure(patrol_id: int) -> Patrol:
    """Will compute track, distance in metres and shares of a begun patrol. Locks the patrol."""
    patrol = Patrol.objects.select_for_update().get(pk=patrol_id)
    begun = patrol.started_at or patrol.starts_at
    first = max(patrol.starts_at, begun - BEFORE_FIRST)
    last = patrol.finished_at or patrol.ends_at
    fixes = Position.objects.filter(worker=patrol.worker_id, at__range=(first, last))
    patrol.doubtful_fixes = fixes.exclude(doubt="").count()
    trusted = fixes.filter(doubt="", accuracy_m__lte=WORST_ACCURACY_M).order_by("at")
    walked = [(one.at, (one.point.x, one.point.y)) for one in trusted]
    sections = _sections(walked)
    patrol.track = (
        MultiLineString([LineString(part) for part in sections], srid=4326) if sections else None
    )
    patrol.distance_m = sum(degrees_apart_m(a, b) for part in sections for a, b in pairwise(part))
    patrol.ground_share = _ground_share(patrol)
    states = list(patrol.stops.values_list("state", flat=True))
    patrol.point_share = states.count(StopState.DONE) / len(states) if states else None
    patrol.measured_at = clock.now()
    patrol.save(
        update_fields=[
            "track", "distance_m", "ground_share", "point_share", "doubtful_fixes", "measured_at",
        ]
    )  # fmt: skip
    return patrol


def _sections(
    fixes: list[tuple[datetime, tuple[float, float]]],
) -> list[list[tuple[float, float]]]:
    """The way in sections of at least two places, without the trembling of who stands still."""
    sections: list[list[tuple[float, float]]] = []
    seen_at: datetime | None = None
    for at, place in fixes:
        if seen_at is None or at - seen_at > GAP:
            sections.append([place])
        elif degrees_apart_m(sections[-1][-1], place) >= STANDING_M:
            sections[-1].append(place)
        seen_at = at
    return [part for part in sections if len(part) > 1]


def _ground_share(patrol: Patrol) -> float:
    if patrol.track is None:
        return 0.0
    values: dict[str, str | int] = {
        "srid": metric_srid(),
        "patrol": patrol.pk,
        "track": patrol.track.ewkt,
        "seen": SEEN_M,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GROUND, values)
        row = cursor.fetchone()
    return min(1.0, float(row[0])) if row and row[0] is not None else 0.0


def _close(patrol: Patrol) -> None:
    missed = patrol.stops.filter(state=StopState.WAITING)
    names = list(missed.values_list("name", flat=True))
    missed.update(state=StopState.MISSED)
    before, patrol.state = patrol.state, _state_at_end(patrol)
    patrol.closed_at, patrol.measured_at = clock.now(), None
    patrol.save(update_fields=["state", "closed_at", "measured_at"])
    record_row(
        SYSTEM, "patrol.closed", patrol, missed=len(names),
        before={"state": before}, after={"state": patrol.state},
    )  # fmt: skip
    if patrol.state != PatrolState.DONE:
        _tell(patrol, names)


def _state_at_end(patrol: Patrol) -> PatrolState:
    if patrol.state == PatrolState.UNASSIGNED:
        return PatrolState.UNASSIGNED
    if not patrol.stops.exclude(state=StopState.DONE).exists():
        return PatrolState.DONE
    return PatrolState.PARTIAL if patrol.started_at is not None else PatrolState.MISSED


def _tell(patrol: Patrol, names: list[str]) -> None:
    recipients = leaders_in(patrol.plan.unit)
    if patrol.worker is not None:
        recipients.append(patrol.worker.user)
    who = patrol.worker.user.full_name if patrol.worker is not None else _("无人负责")
    shown = "、".join(names[:5])
    notices.notify(
        recipients=recipients,
        kind="task",
        title=_("巡查漏点：%(plan)s（%(who)s）") % {"plan": patrol.plan.title, "who": who},
        body=_("%(count)d 个巡查点没有签到：%(names)s") % {"count": len(names), "names": shown}
        if names
        else _("有巡查点签到位置不符"),
        url=f"/fieldwork/patrols/{patrol.pk}/",
        key=f"patrol-missed:{patrol.pk}",
    )
