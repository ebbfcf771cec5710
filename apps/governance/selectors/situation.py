"""The grid page: what an area has, who works there, what happened, what is wrong. GR-04.

Every part is one or a few statements whatever the size of the area; ``read`` asks all of them.
Shown are counts alone; the lists behind them ask for their own rights.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, ExtractHour, ExtractIsoWeekDay
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.assets.selectors import assets_in
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.fieldwork.enums import PatrolState, StopState
from apps.fieldwork.models import Patrol, PatrolStop
from apps.fieldwork.selectors.duty import OnDuty, on_duty
from apps.fieldwork.selectors.workers import duties_on
from apps.figures.selectors import reach as figures
from apps.figures.selectors.measures import for_list, overdue
from apps.governance import permissions
from apps.governance.models import Dispute
from apps.matters.enums import StateCategory
from apps.matters.models import Case
from apps.places.models import Area
from apps.places.selectors import ancestors, list_areas
from apps.registry.enums import FileKind
from apps.registry.models import RegistryFile, VisitDue

DAYS, HOURS = 7, 24
SHADES = 4


@dataclass(frozen=True)
class Resource:
    """Files of one kind in the area: those open now, those made in the period."""

    kind: str
    label: str
    total: int
    new: int


@dataclass(frozen=True)
class Part:
    """An area directly below with its cases of the period. shade: 0 (none) to 4 (most)."""

    area: Area
    cases: int
    shade: int


@dataclass(frozen=True)
class Alarm:
    """Something wrong. kind: what ``alarm_rows`` takes."""

    kind: str
    label: str
    count: int


@dataclass(frozen=True)
class Situation:
    """What the page shows of one area and period."""

    area: Area
    above: list[Area]
    period: Period
    resources: list[Resource]
    components: int
    on_duty: list[OnDuty]
    assigned: int
    patrols: dict[str, int]
    states: list[tuple[str, str, int]]
    classes: list[tuple[str, str, int]]
    received: int
    received_before: int
    closed: int
    closed_before: int
    disputes: int
    alarms: list[Alarm]
    heat: list[list[int]]
    parts: list[Part]
    computed_at: datetime


def find_area(viewer: User, area_id: int | None) -> Area:
    """Will give an area the viewer watches over; without a key the first of their own.

    Raises: NotFound (none, or out of reach).
    """
    scope = scope_for(viewer, permissions.SITUATION)
    found = Area.objects.valid_on(clock.today()).select_related("level").defer("boundary")
    if area_id is None:
        own = found.filter(path__in=scope.area_paths) if not scope.everything else found
        area = own.order_by("level__depth", "code").first()
    else:
        area = found.filter(pk=area_id).first()
    if area is None or not scope.covers_area(area.path):
        raise NotFound(_("没有这个区域，或不在您的责任区域内"))
    return area


def read(viewer: User, area: Area, period: Period) -> Situation:
    """Will read the whole page of an area the viewer may see; a constant number of statements."""
    bodies = _bodies(viewer)
    moment = clock.now()
    cases = cases_in(viewer, area, period)
    counts = _counts(cases)
    before = _counts(cases_in(viewer, area, period.previous))
    stops = _stops(bodies, area, period)
    scope = scope_for(viewer, permissions.SITUATION)
    return Situation(
        area=area,
        above=[a for a in ancestors(area) if scope.covers_area(a.path)],
        period=period,
        resources=_resources(bodies, area, period),
        components=assets_in([area]).count(),
        on_duty=[one for one in on_duty(area_path=area.path) if bodies.have(one.worker.tenant_id)],
        assigned=_assigned(bodies, area, clock.today()),
        patrols=_patrols(bodies, area, period),
        states=_states(cases),
        classes=_classes(cases),
        received=counts["received"],
        received_before=before["received"],
        closed=counts["closed"],
        closed_before=before["closed"],
        disputes=_disputes(bodies, area, period),
        alarms=_alarms(viewer, bodies, area, stops, moment),
        heat=_heat(cases),
        parts=_parts(cases, area),
        computed_at=moment,
    )


def cases_in(viewer: User, area: Area, period: Period) -> QuerySet[Case]:
    """Will give the cases of an area registered in a period, as far as the viewer reaches."""
    reach = figures.reach_of(viewer, permission=permissions.SITUATION)
    return figures.cases_of(reach, period).filter(area_path__startswith=area.path).order_by()


def overdue_in(viewer: User, area: Area) -> QuerySet[Case]:
    """Will give the open cases of an area past their time, whenever registered."""
    reach = figures.reach_of(viewer, permission=permissions.SITUATION)
    return (
        Case.objects.filter(reach.condition, area_path__startswith=area.path)
        .filter(overdue(clock.now()))
        .order_by()
    )


def rows_behind(
    viewer: User, area: Area, period: Period, *, kind: str, value: str
) -> QuerySet[Case]:
    """Will give the cases behind a figure, the newest first.

    kind: "received", "closed", "overdue" (now), "state", "class" (of this value), "hour"
    ("day-hour": "1-9" is Monday from nine).
    """
    if kind == "overdue":
        return for_list(overdue_in(viewer, area)).order_by("-id")
    found = cases_in(viewer, area, period)
    if kind == "closed":
        found = found.filter(category=StateCategory.ENDED)
    elif kind == "state" and value in StateCategory.values:
        found = found.filter(category=value)
    elif kind == "class":
        found = found.filter(class_code="" if value == "none" else value)
    elif kind == "hour":
        day, _dash, hour = value.partition("-")
        if day.isdigit() and hour.isdigit():
            moment = {"opened_at__iso_week_day": int(day), "opened_at__hour": int(hour)}
            found = found.filter(**moment)
    return for_list(found).order_by("-id")


def parts_of(viewer: User, area: Area, period: Period) -> list[Part]:
    """Will give the areas directly below with their cases."""
    return _parts(cases_in(viewer, area, period), area)


# --- The parts of the page ---------------------------------------------------------------


@dataclass(frozen=True)
class _Bodies:
    """Whose rows are counted. ids: None means everybody's."""

    ids: frozenset[int] | None

    def q(self, field: str = "tenant_id") -> Q:
        return Q() if self.ids is None else Q(**{f"{field}__in": self.ids})

    def have(self, tenant_id: int) -> bool:
        return self.ids is None or tenant_id in self.ids


def _bodies(viewer: User) -> _Bodies:
    scope = scope_for(viewer, permissions.SITUATION)
    return _Bodies(None if scope.everything else scope.tenant_ids)


def _resources(bodies: _Bodies, area: Area, period: Period) -> list[Resource]:
    rows = (
        RegistryFile.objects.filter(bodies.q(), to_on=None, area_path__startswith=area.path)
        .values("kind")
        .annotate(
            total=Count("pk"),
            new=Count("pk", filter=Q(created_at__gte=period.start, created_at__lt=period.end)),
        )
    )
    counted = {row["kind"]: row for row in rows}
    nothing = {"total": 0, "new": 0}
    return [
        Resource(kind.value, str(kind.label), found["total"], found["new"])
        for kind in FileKind
        for found in [counted.get(kind.value, nothing)]
    ]


def _assigned(bodies: _Bodies, area: Area, day: date) -> int:
    """Who answers for a cell of the area today, as the list of workers has them."""
    held = duties_on(day).filter(bodies.q("worker__tenant_id"), cell__path__startswith=area.path)
    return held.aggregate(n=Count("worker", distinct=True))["n"]


def _patrols(bodies: _Bodies, area: Area, period: Period) -> dict[str, int]:
    rows = (
        _patrols_in(bodies, area, period)
        .values("state")
        .annotate(n=Count("pk", distinct=True))
        .order_by()
    )
    labels = dict(PatrolState.choices)
    return {str(labels[row["state"]]): row["n"] for row in rows}


def _patrols_in(bodies: _Bodies, area: Area, period: Period) -> QuerySet[Patrol]:
    inside = Patrol.cells.through.objects.filter(area__path__startswith=area.path)
    return Patrol.objects.filter(
        bodies.q(),
        Q(area_path__startswith=area.path) | Q(pk__in=inside.values("patrol_id")),
        day__gte=period.first,
        day__lte=period.last,
    )


def _stops(bodies: _Bodies, area: Area, period: Period) -> int:
    return PatrolStop.objects.filter(
        patrol__in=_patrols_in(bodies, area, period), state=StopState.MISSED
    ).count()


def _disputes(bodies: _Bodies, area: Area, period: Period) -> int:
    return Dispute.objects.filter(
        bodies.q(),
        case__area_path__startswith=area.path,
        created_at__gte=period.start,
        created_at__lt=period.end,
    ).count()


def _alarms(viewer: User, bodies: _Bodies, area: Area, stops: int, moment: datetime) -> list[Alarm]:
    today = clock.today()
    whose = bodies.q("enrolment__tenant_id")
    visits = VisitDue.objects.filter(
        whose,
        visit__isnull=True,
        dropped_at__isnull=True,
        due_on__lt=today,
        enrolment__area_path__startswith=area.path,
    ).count()
    nobody = Patrol.objects.filter(
        bodies.q(),
        state=PatrolState.UNASSIGNED,
        area_path__startswith=area.path,
        ends_at__gte=moment,
    ).count()
    return [
        Alarm("overdue", _("超期未办结案件"), overdue_in(viewer, area).count()),
        Alarm("stops", _("漏签巡查点"), stops),
        Alarm("visits", _("超期未走访"), visits),
        Alarm("unassigned", _("无人负责的巡查"), nobody),
    ]


def _counts(cases: QuerySet[Case]) -> dict[str, int]:
    return cases.aggregate(
        received=Count("pk"), closed=Count("pk", filter=Q(category=StateCategory.ENDED))
    )


def _states(cases: QuerySet[Case]) -> list[tuple[str, str, int]]:
    rows = cases.values("category").annotate(n=Count("pk"))
    counted = {row["category"]: row["n"] for row in rows}
    return [
        (state.value, str(state.label), counted[state.value])
        for state in StateCategory
        if counted.get(state.value)
    ]


def _classes(cases: QuerySet[Case]) -> list[tuple[str, str, int]]:
    rows = cases.values("class_code", "class_label").annotate(n=Count("pk")).order_by("-n")[:12]
    return [
        (row["class_code"] or "none", row["class_label"] or _("未分类"), row["n"]) for row in rows
    ]


def _heat(cases: QuerySet[Case]) -> list[list[int]]:
    """Cases by weekday (Monday first) and hour of registration, in the city's time."""
    grid = [[0] * HOURS for _day in range(DAYS)]
    day, hour = ExtractIsoWeekDay("opened_at"), ExtractHour("opened_at")
    for row in cases.values(day=day, hour=hour).annotate(n=Count("pk")):
        grid[row["day"] - 1][row["hour"]] = row["n"]
    return grid


def _parts(cases: QuerySet[Case], area: Area) -> list[Part]:
    below = list(list_areas(parent_id=area.pk))
    if not below:
        return []
    depth = area.path.strip("/").count("/") + 3
    piece = Func(
        F("area_path"),
        Value("/"),
        Value(depth),
        function="split_part",
        output_field=TextField(),
    )
    rows = (
        cases.annotate(piece=piece)
        .exclude(piece="")
        .annotate(part=Cast("piece", IntegerField()))
        .values("part")
        .annotate(n=Count("pk"))
    )
    counted = {row["part"]: row["n"] for row in rows}
    most = max(counted.values(), default=0)
    return [Part(a, n, shade_of(n, most)) for a in below for n in [counted.get(a.pk, 0)]]


def shade_of(count: int, most: int) -> int:
    """Will give 0 for nothing, 1 to 4 for up to each quarter of the most."""
    return -(-count * SHADES // most) if count and most else 0
