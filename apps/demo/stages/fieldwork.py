"""Grid workers of the demo city: files, cells, days, plans, and a day of walking."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from apps.accounts.models import Appointment, Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.world import TENANT
from apps.fieldwork.enums import PlanState, WorkerKind
from apps.fieldwork.models import Patrol, Worker
from apps.fieldwork.services import (
    Fix,
    NewWorker,
    assign_cells,
    check_in,
    end_duty,
    finish_patrol,
    report_positions,
    save_worker,
    start_duty,
)
from apps.fieldwork.services.closing import close_windows, measure_due
from apps.fieldwork.services.leave import NewLeave, file_leave
from apps.fieldwork.services.plans import NewPlan, NewPoint, make_patrols, save_plan, set_plan_state
from apps.fieldwork.services.roster import NewShift, follow_shift, save_shift
from apps.places.geometry import Point4326, moved, point
from apps.places.models import Area
from apps.places.selectors import list_cells

SINCE = date(2024, 1, 1)
SKILLS = (["first_aid", "mediation"], ["fire"], ["dialect", "mediation"], ["driving", "electric"])
ITEMS = ("消防通道畅通", "灭火器完好", "楼道无堆物")
SUBJECTS = (("fire", "消防安全巡查"), ("routine", "日常巡查"), ("appearance", "市容环境巡查"))
POINTS = 6  # of a plan
PLANNED = 8  # communities that have one
WALKERS = 6  # who walked yesterday
ON_DUTY = 4  # of them, who are out now
STRIDE_M, STEP = 36.0, timedelta(seconds=30)


def load_fieldwork(*, until: datetime) -> int:
    """Will lay down the workers with a walked yesterday, and give how many workers."""
    today = timezone.localdate(until)
    with clock.at(until - timedelta(days=14)):
        workers = [_enter(person, number) for number, person in enumerate(_people())]
        for place, unit in enumerate(dict.fromkeys(worker.unit for worker in workers)):
            own = [one for one in workers if one.unit_id == unit.pk]
            _arrange(unit, own)
            if place < PLANNED:
                _plan(unit)
    walking = workers[:WALKERS]
    yesterday = today - timedelta(days=1)
    with clock.at(_at(until, -1, 8, 30)):
        make_patrols(yesterday)
    for number, worker in enumerate(walking):
        _walk(worker, _at(until, -1, 9, 0), is_whole=number % 3 != 2)
    with clock.at(until):
        make_patrols(today)
        close_windows()
        measure_due()
    for worker in walking[:ON_DUTY]:
        _be_out(worker, until)
    _ask_leave(workers, until)
    return len(workers)


def _people() -> list[tuple[User, Organization]]:
    """The grid workers with the community each works for, the first community first."""
    held = Appointment.objects.filter(
        post__roles__code="grid_worker", post__organization__tenant__code=TENANT
    ).select_related("user", "post__organization__area", "post__organization__tenant")
    return [(one.user, one.post.organization) for one in held.order_by("pk")]


def _enter(person: tuple[User, Organization], number: int) -> Worker:
    user, unit = person
    kind = WorkerKind.PART_TIME if number % 4 == 3 else WorkerKind.FULL_TIME
    new = NewWorker(
        user=user, unit=unit, kind=kind, phone=user.phone, since_on=SINCE,
        skills=SKILLS[number % len(SKILLS)],
    )  # fmt: skip
    return save_worker(SYSTEM, new=new)


def _arrange(unit: Organization, workers: Sequence[Worker]) -> None:
    """The cells of a community shared among its workers, and their days.

    Every seventh community leaves its last cell to nobody, so that the page of gaps shows one.
    """
    assert unit.area is not None
    cells = list(list_cells(unit.area).select_related("level"))
    given = cells[:-1] if unit.pk % 7 == 0 and len(cells) > 1 else cells
    for number, worker in enumerate(workers):
        own = given[number :: len(workers)]
        assign_cells(SYSTEM, worker_id=worker.pk, cells=own, from_on=SINCE)
    hours = NewShift("白班", [1, 2, 3, 4, 5, 6], time(8, 30), time(17, 30))
    shift = save_shift(SYSTEM, unit=unit, new=hours)
    for worker in workers:
        follow_shift(SYSTEM, worker_id=worker.pk, shift=shift, from_on=clock.today())


def _plan(unit: Organization) -> None:
    """A round over every cell of a community, each day."""
    assert unit.area is not None
    cells = list(list_cells(unit.area).select_related("level"))
    subject, words = SUBJECTS[unit.pk % len(SUBJECTS)]
    fields = [
        {
            "name": f"item_{number}", "label": label, "type": "choice",
            "choices": [["good", "正常"], ["bad", "异常"]],
        }
        for number, label in enumerate(ITEMS, start=1)
    ]  # fmt: skip
    plan = save_plan(
        SYSTEM,
        new=NewPlan(
            unit=unit, title=f"{unit.area.name}{words}", subject=subject, cells=cells,
            weekdays=range(1, 8), starts_at=time(8, 30), ends_at=time(17, 30),
            from_on=clock.today(), items={"fields": fields},
            points=[NewPoint(f"{cell.name}巡查点", _middle(cell), 60) for cell in cells[:POINTS]],
        ),
    )  # fmt: skip
    set_plan_state(SYSTEM, plan_id=plan.pk, state=PlanState.ACTIVE)


def _middle(cell: Area) -> Point4326:
    assert cell.boundary is not None
    inside = cell.boundary.point_on_surface
    return point(inside.x, inside.y)


def _walk(worker: Worker, begin: datetime, *, is_whole: bool) -> None:
    """A worker walks yesterday's patrol from point to point; not whole: one is left out."""
    patrol = Patrol.objects.filter(worker=worker, day=timezone.localdate(begin)).first()
    if patrol is None:
        return
    stops = list(patrol.stops.all())
    stops = stops if is_whole else stops[:-1]
    with clock.at(begin):
        start_duty(worker.user, key=_key(worker, begin, "in"), at=begin, consent=True)
    at, here = begin, moved(stops[0].point, east_m=-60, north_m=-40) if stops else None
    for stop in stops:
        assert here is not None
        fixes = _way(here, stop.point, at)
        at, here = fixes[-1].at + STEP, stop.point
        with clock.at(at):
            key = _key(worker, at, "way")
            report_positions(worker.user, key=key, fixes=fixes)
            check_in(
                worker.user, key=_key(worker, at, "stop"), patrol_id=patrol.pk, point_id=stop.pk,
                at=at, lon=stop.point.x, lat=stop.point.y, accuracy_m=9,
                answers={f"item_{n}": "good" for n in range(1, len(ITEMS) + 1)},
            )  # fmt: skip
    with clock.at(at + STEP):
        if stops:
            finish_patrol(
                worker.user, key=_key(worker, at, "end"), patrol_id=patrol.pk, at=at + STEP
            )
        end_duty(worker.user, key=_key(worker, at, "out"), at=at + STEP)


def _way(start: Point4326, goal: Point4326, begin: datetime) -> list[Fix]:
    """Fixes every half minute on a straight way, about as fast as people walk."""
    count = max(2, min(900, round(start.distance(goal) * 100_000 / STRIDE_M)))
    return [
        Fix(
            begin + STEP * n,
            start.x + (goal.x - start.x) * n / count,
            start.y + (goal.y - start.y) * n / count,
            9,
        )
        for n in range(count + 1)
    ]


def _be_out(worker: Worker, until: datetime) -> None:
    """On duty since an hour, seen a minute ago."""
    begin = until - timedelta(hours=1)
    cell = worker.duties.select_related("cell").first()
    with clock.at(begin):
        start_duty(worker.user, key=_key(worker, begin, "now"), at=begin, consent=True)
    if cell is None:
        return
    place = _middle(cell.cell)
    with clock.at(until):
        fixes = [Fix(until - timedelta(minutes=n), place.x, place.y, 9) for n in (5, 1)]
        report_positions(worker.user, key=_key(worker, until, "seen"), fixes=fixes)


def _ask_leave(workers: Sequence[Worker], until: datetime) -> None:
    """The last worker asks to be away next week, so that a leader has something to rule on."""
    if len(workers) < 2:
        return
    first = timezone.localdate(until) + timedelta(days=7)
    new = NewLeave("annual", first, first + timedelta(days=2), reason="家中有事")
    with clock.at(until - timedelta(hours=3)):
        file_leave(workers[-1].user, worker_id=workers[-1].pk, new=new)


def _at(until: datetime, days: int, hour: int, minute: int) -> datetime:
    day = timezone.localdate(until) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def _key(worker: Worker, at: datetime, deed: str) -> UUID:
    """The same keys at every loading."""
    return uuid5(NAMESPACE_URL, f"demo/{worker.pk}/{deed}/{at.isoformat()}")
