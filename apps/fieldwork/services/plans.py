"""Plans of patrols and the patrols made from them day by day. Source: GR-03."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.contrib.gis.geos import LineString
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.audit.services import Actor, record_row
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.fieldwork import permissions
from apps.fieldwork.enums import PatrolState, PlanState, Subject
from apps.fieldwork.models import Patrol, PatrolPlan, PatrolPoint, PatrolStop
from apps.fieldwork.selectors.workers import duties_on
from apps.places.geometry import Point4326, point
from apps.places.models import Area

MOST_POINTS = 100
MOST_CORNERS = 500
_STATED = (
    "title", "subject", "weekdays", "times_per_week", "starts_at", "ends_at", "items",
    "from_on", "to_on", "unit", "cells",
)  # fmt: skip


@dataclass(frozen=True)
class NewPoint:
    """A place to visit. point: SRID 4326; radius_m: 5 to 500."""

    name: str
    point: Point4326
    radius_m: int = 50


@dataclass(frozen=True)
class NewPlan:
    """What a plan says; see ``PatrolPlan``. points: None leaves those there are."""

    unit: Organization
    title: str
    subject: str
    cells: Sequence[Area]
    weekdays: Sequence[int]
    starts_at: time
    ends_at: time
    from_on: date
    to_on: date | None = None
    times_per_week: int = 0
    route: LineString | None = None
    items: Mapping[str, Any] = field(default_factory=dict)
    points: Sequence[NewPoint] | None = ()


@transaction.atomic
def save_plan(actor: Actor, *, new: NewPlan, plan_id: int | None = None) -> PatrolPlan:
    """Will enter or change a plan with its points; patrols already made stay as they are.

    Points no longer named are kept, inactive, for the patrols that had them. Locks the plan.
    Raises: NotFound; NotAllowed; InvalidInput (title, subject, cells, weekdays, times_per_week,
        ends_at, to_on, items, points, route: what lies in no cell of the plan is named).
    """
    _require(actor, new.unit)
    plan = PatrolPlan(tenant=new.unit.tenant) if plan_id is None else lock_plan(actor, plan_id)
    _check(actor, new)
    placed = _placed(new)
    if new.route is not None:
        _require_inside(new.route, new.cells)
    before = audit.snapshot(plan, *_STATED)
    plan.unit, plan.area_path = new.unit, new.unit.area.path if new.unit.area else ""
    plan.title, plan.subject = new.title.strip()[:80], new.subject
    plan.weekdays, plan.times_per_week = sorted(set(new.weekdays)), new.times_per_week
    plan.starts_at, plan.ends_at = new.starts_at, new.ends_at
    plan.from_on, plan.to_on = new.from_on, new.to_on
    plan.route, plan.items = new.route, dict(new.items)
    plan.saved_by_name, plan.saved_at = actor.display_name[:100], clock.now()
    plan.version += 0 if plan.pk is None else 1
    plan.save()
    plan.cells.set(new.cells)
    if new.points is not None:
        plan.points.filter(is_active=True).update(is_active=False)
    PatrolPoint.objects.bulk_create(
        PatrolPoint(
            plan=plan, cell=cell, position=number, name=one.name.strip()[:80],
            point=one.point, radius_m=one.radius_m,
        )
        for number, (one, cell) in enumerate(placed, start=1)
    )  # fmt: skip
    changed = audit.changes(before, audit.snapshot(plan, *_STATED))
    record_row(actor, "patrol_plan.saved", plan, points=len(placed), **changed)
    return plan


@transaction.atomic
def set_plan_state(actor: Actor, *, plan_id: int, state: str) -> PatrolPlan:
    """Will put a plan to work or stop it. Locks the plan.

    An active plan makes the patrols of today at once where today is one of its days.
    Raises: NotFound; NotAllowed; InvalidInput (state); Refused (it is so already; no points).
    """
    plan = lock_plan(actor, plan_id)
    if state not in (PlanState.ACTIVE, PlanState.ENDED):
        raise InvalidInput(_("没有这种状态"), field="state")
    if plan.state == state:
        raise Refused(_("该计划已是此状态"))
    if state == PlanState.ACTIVE and not plan.points.filter(is_active=True).exists():
        raise Refused(_("计划还没有巡查点，不能执行"))
    before, plan.state = plan.state, state
    plan.save(update_fields=["state"])
    record_row(
        actor, "patrol_plan.state_set", plan, before={"state": before}, after={"state": state}
    )
    make_patrols(clock.today(), tenant_id=plan.tenant_id)
    return plan


def falls_on(plan: PatrolPlan, day: date) -> bool:
    """Will tell whether a plan wants patrols on a day.

    times_per_week below the number of its weekdays picks that many of them, evenly spread.
    """
    if plan.from_on > day or (plan.to_on is not None and plan.to_on < day):
        return False
    days = plan.weekdays
    if 0 < plan.times_per_week < len(days):
        picked = range(plan.times_per_week)
        days = [days[n * len(days) // plan.times_per_week] for n in picked]
    return day.isoweekday() in days


@transaction.atomic
def make_patrols(day: date, *, tenant_id: int | None = None) -> int:
    """Will make the patrols of a day, each for whoever answers for the cells; gives how many.

    Safe to run again: what stands stays; a patrol nobody began follows the cells to whoever
    answers for them now; cells nobody answers for get a patrol without a worker, so that the
    board shows the gap. Locks the active plans.
    """
    plans = PatrolPlan.objects.select_for_update().filter(state=PlanState.ACTIVE)
    plans = plans.filter(tenant_id=tenant_id) if tenant_id is not None else plans
    due = [plan for plan in plans.order_by("pk") if falls_on(plan, day)]
    responsible = _responsible(day)
    return sum(_make_for(plan, day, responsible) for plan in due)


def _responsible(day: date) -> dict[int, int]:
    """Which worker answers for a cell; a main worker goes before a deputy."""
    rows = duties_on(day).order_by("-part", "-pk").values_list("cell_id", "worker_id", "part")
    found: dict[int, int] = {}
    for cell_id, worker_id, part in rows:
        if part == "main" or cell_id not in found:
            found[cell_id] = worker_id
    return found


def _make_for(plan: PatrolPlan, day: date, responsible: Mapping[int, int]) -> int:
    begin = timezone.make_aware(datetime.combine(day, plan.starts_at))
    end = timezone.make_aware(datetime.combine(day, plan.ends_at))
    wanted: dict[int | None, set[int]] = defaultdict(set)
    standing = list(plan.patrols.filter(day=day).prefetch_related("cells"))
    fixed = [one for one in standing if one.started_at is not None or one.closed_at is not None]
    taken = {cell.pk for one in fixed for cell in one.cells.all()}
    for cell_id in plan.cells.values_list("pk", flat=True):
        if cell_id not in taken:
            wanted[responsible.get(cell_id)].add(cell_id)
    for one in standing:
        if one in fixed:
            continue
        if wanted.get(one.worker_id) == {cell.pk for cell in one.cells.all()}:
            del wanted[one.worker_id]
        else:
            one.stops.all().delete()
            one.delete()
    busy = {one.worker_id for one in fixed}
    made = 0
    for worker_id, cells in wanted.items():
        points = list(plan.points.filter(is_active=True, cell__in=cells))
        if points and worker_id not in busy and end > clock.now():
            _create(plan, day, worker_id, cells, points, begin, end)
            made += 1
    return made


def _create(
    plan: PatrolPlan,
    day: date,
    worker_id: int | None,
    cells: Iterable[int],
    points: Sequence[PatrolPoint],
    begin: datetime,
    end: datetime,
) -> None:
    patrol = Patrol.objects.create(
        plan=plan,
        tenant_id=plan.tenant_id,
        worker_id=worker_id,
        area_path=plan.area_path,
        day=day,
        starts_at=begin,
        ends_at=end,
        items=plan.items,
        state=PatrolState.PLANNED if worker_id else PatrolState.UNASSIGNED,
    )
    patrol.cells.set(cells)
    PatrolStop.objects.bulk_create(
        PatrolStop(
            patrol=patrol, origin=one, position=number, name=one.name, point=one.point,
            radius_m=one.radius_m,
        )
        for number, one in enumerate(points, start=1)
    )  # fmt: skip


def lock_plan(actor: Actor, plan_id: int) -> PatrolPlan:
    """Will lock a plan the actor makes. Raises: NotFound; NotAllowed."""
    plan = PatrolPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这个巡查计划，或您无权查看"))
    permissions.require(actor, permissions.PLAN, tenant_id=plan.tenant_id, area_path=plan.area_path)
    return plan


def _require(actor: Actor, unit: Organization) -> None:
    if unit.area is None:
        raise InvalidInput(_("该单位没有责任区域"), field="unit")
    permissions.require(actor, permissions.PLAN, tenant_id=unit.tenant_id, area_path=unit.area.path)


def _check(actor: Actor, new: NewPlan) -> None:
    if not new.title.strip():
        raise InvalidInput(_("请填写计划名称"), field="title")
    if new.subject not in Subject.values:
        raise InvalidInput(_("请选择巡查主题"), field="subject")
    area_path = new.unit.area.path if new.unit.area else ""
    outside = [cell for cell in new.cells if not cell.path.startswith(area_path)]
    if not new.cells or outside:
        raise InvalidInput(_("请选择本单位责任区域内的网格"), field="cells")
    if not new.weekdays or not set(new.weekdays) <= set(range(1, 8)):
        raise InvalidInput(_("请选择巡查的星期"), field="weekdays")
    if not 0 <= new.times_per_week <= len(set(new.weekdays)):
        raise InvalidInput(_("每周次数不能多于所选的天数"), field="times_per_week")
    if new.ends_at <= new.starts_at:
        raise InvalidInput(_("截止时间应晚于开始时间"), field="ends_at")
    if new.to_on is not None and new.to_on < new.from_on:
        raise InvalidInput(_("止期早于起期"), field="to_on")
    if new.items and (faults := forms_data.check_definition(new.items)):
        raise InvalidInput(faults[0], field="items")
    if len(new.points or ()) > MOST_POINTS:
        raise InvalidInput(_("一个计划最多 100 个巡查点"), field="points")


def _placed(new: NewPlan) -> list[tuple[NewPoint, Area]]:
    """Each point with the planned cell that holds it; on a border the one with the least code."""
    cells = Area.objects.filter(pk__in=[cell.pk for cell in new.cells]).order_by("code")
    placed = []
    for one in new.points or ():
        if not one.name.strip() or not 5 <= one.radius_m <= 500:
            raise InvalidInput(_("巡查点须有名称，签到半径应在 5 至 500 米之间"), field="points")
        cell = cells.filter(Q(boundary__covers=one.point)).first()
        if cell is None:
            raise InvalidInput(
                _("巡查点“%(name)s”不在所选网格内") % {"name": one.name}, field="points"
            )
        placed.append((one, cell))
    return placed


@transaction.atomic
def add_point(actor: Actor, *, plan_id: int, new: NewPoint) -> PatrolPoint:
    """Will add a place to visit at the end of a plan. Locks the plan.

    Raises: NotFound; NotAllowed; InvalidInput (name, radius_m, point: in no cell of the plan).
    """
    plan = lock_plan(actor, plan_id)
    if not new.name.strip():
        raise InvalidInput(_("请填写巡查点名称"), field="name")
    if not 5 <= new.radius_m <= 500:
        raise InvalidInput(_("签到半径应在 5 至 500 米之间"), field="radius_m")
    cell = plan.cells.filter(boundary__covers=new.point).order_by("code").first()
    if cell is None:
        raise InvalidInput(_("该位置不在计划的网格内"), field="point")
    active = plan.points.filter(is_active=True)
    if active.count() >= MOST_POINTS:
        raise InvalidInput(_("一个计划最多 100 个巡查点"), field="point")
    last = active.order_by("-position").values_list("position", flat=True).first() or 0
    made = PatrolPoint.objects.create(
        plan=plan, cell=cell, position=last + 1, name=new.name.strip()[:80], point=new.point,
        radius_m=new.radius_m,
    )  # fmt: skip
    record_row(actor, "patrol_point.added", plan, before={}, after={"point": made.name})
    return made


@transaction.atomic
def remove_point(actor: Actor, *, plan_id: int, point_id: int) -> PatrolPoint:
    """Will take a place out of a plan; patrols already made keep it. Locks the plan.

    Raises: NotFound; NotAllowed.
    """
    plan = lock_plan(actor, plan_id)
    found = plan.points.filter(pk=point_id, is_active=True).first()
    if found is None:
        raise NotFound(_("没有这个巡查点"))
    found.is_active = False
    found.save(update_fields=["is_active"])
    record_row(actor, "patrol_point.removed", plan, before={"point": found.name}, after={})
    return found


@transaction.atomic
def set_route(actor: Actor, *, plan_id: int, route: LineString | None) -> PatrolPlan:
    """Will set the line a plan wants walked, or take it away. Locks the plan.

    route: SRID 4326, 2 to 500 corners, each in a cell of the plan. Patrols already made show
    the new line as well.
    Raises: NotFound; NotAllowed; InvalidInput (route: too many corners, or which one is outside).
    """
    plan = lock_plan(actor, plan_id)
    before = plan.route
    if route is not None:
        _require_inside(route, plan.cells.all())
    plan.route, plan.version = route, plan.version + 1
    plan.saved_by_name, plan.saved_at = actor.display_name[:100], clock.now()
    plan.save(update_fields=["route", "version", "saved_by_name", "saved_at"])
    record_row(
        actor,
        "patrol_plan.route_set",
        plan,
        before={"route": before.wkt if before is not None else ""},
        after={"route": route.wkt if route is not None else ""},
    )
    return plan


def _require_inside(route: LineString, cells: Iterable[Area]) -> None:
    if len(route) > MOST_CORNERS:
        raise InvalidInput(_("路线最多 500 个点"), field="route")
    shapes = [cell.boundary for cell in cells if cell.boundary is not None]
    for number, (lon, lat) in enumerate(route.coords, start=1):
        if not any(shape.covers(point(lon, lat)) for shape in shapes):
            raise InvalidInput(
                _("路线的第%(n)d个点不在计划的网格内") % {"n": number}, field="route"
            )
