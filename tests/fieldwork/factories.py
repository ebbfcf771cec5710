"""Workers on the town's cells, and a plan to walk. Small and plain; deeds go through services."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.contrib.gis.geos import Point
from django.utils import timezone

from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.fieldwork.enums import PatrolState, PlanState
from apps.fieldwork.models import DutySession, Patrol, PatrolPlan, PatrolPoint, PatrolStop, Worker
from apps.fieldwork.services import Fix, NewWorker, assign_cell, save_worker, start_duty
from apps.places.models import Area
from tests.cast import SINCE, Cast

RIGHTS = {
    "walker": ["do_fieldwork"],
    "walk_leader": ["view_workers", "lead_workers", "plan_patrols", "view_tracks"],
    "walk_reader": ["view_workers"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    user = User.objects.create_user(
        username=name, full_name=f"测{name}", password="x", tenant=unit.tenant
    )
    held, created = Role.objects.get_or_create(code=role, defaults={"name": role})
    if created:
        held.permissions.set(Permission.objects.filter(codename__in=RIGHTS[role]))
    post, _created = Post.objects.get_or_create(organization=unit, name=role)
    post.roles.add(held)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def worker(
    cast: Cast, name: str = "walker1", side: str = "east", cells: tuple[int, ...] = (0,)
) -> Worker:
    """Will give an active worker of a side who answers for these cells of it since long."""
    unit = cast.east_works if side == "east" else cast.west_works
    made = save_worker(
        SYSTEM, new=NewWorker(user=person(name, "walker", unit), unit=unit, since_on=SINCE)
    )
    for number in cells:
        assign_cell(SYSTEM, worker_id=made.pk, cell=cast.cells[side][number], from_on=SINCE)
    return made


def leader(cast: Cast, side: str = "east") -> User:
    """Will give who arranges the workers of a side."""
    unit = cast.east_works if side == "east" else cast.west_works
    return person(f"leader-{side}", "walk_leader", unit)


def on_duty(made: Worker, *, at: datetime | None = None, consent: bool = True) -> DutySession:
    """Will put a worker on duty."""
    return start_duty(made.user, key=uuid4(), at=at or clock.now(), consent=consent)


def middle(cell: Area) -> Point:
    """Will give a point well inside a cell."""
    center = cell.boundary.centroid
    return Point(center.x, center.y, srid=4326)


def way(start: Point, *, at: datetime, steps: int, east: float = 0.0001) -> list[Fix]:
    """Will give fixes every ten seconds, each about nine metres further east."""
    return [
        Fix(at + timedelta(seconds=10 * n), start.x + east * n, start.y, 8) for n in range(steps)
    ]


def patrol(
    made: Worker, cells: list[Area], *, points: int = 2, day: date | None = None, **plan: Any
) -> Patrol:
    """Will give today's patrol of a worker over these cells with points in the first of them."""
    day, now = day or clock.today(), clock.now()
    values = {
        "title": "消防通道巡查", "subject": "fire", "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "starts_at": "00:00", "ends_at": "23:59", "from_on": SINCE,
        "state": PlanState.ACTIVE, "saved_by_name": "测试", "saved_at": now,
    } | plan  # fmt: skip
    made_plan = PatrolPlan.objects.create(
        tenant=made.tenant, unit=made.unit, area_path=made.area_path, **values
    )
    made_plan.cells.set(cells)
    begin = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    found = Patrol.objects.create(
        plan=made_plan, tenant=made.tenant, worker=made, area_path=made.area_path, day=day,
        starts_at=begin, ends_at=begin + timedelta(days=1), state=PatrolState.PLANNED,
        items=made_plan.items,
    )  # fmt: skip
    found.cells.set(cells)
    center = middle(cells[0])
    for number in range(points):
        where = Point(center.x + 0.001 * number, center.y, srid=4326)
        origin = PatrolPoint.objects.create(
            plan=made_plan,
            cell=cells[0],
            position=number + 1,
            name=f"点位{number + 1}",
            point=where,
        )
        PatrolStop.objects.create(
            patrol=found, origin=origin, position=number + 1, name=origin.name, point=where,
            radius_m=50,
        )  # fmt: skip
    return found
