"""What the supervision board shows: counts of running cases, orders, returns.

One grouped query over the open cases (a partial index holds them) is turned into every table of
the board; orders and returns have one each. Scoped by the viewer's tenants and duty area.
Source: MT-23.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value
from django.db.models import Exists as SqlExists
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.matters import permissions
from apps.matters.bands import BANDS, Band, band_column
from apps.matters.enums import OrderKind, RequestKind, RequestState, StateCategory
from apps.matters.models import Case, MatterType, Order, Request
from apps.matters.selectors.visible import as_rows, tenant_q
from apps.places.models import Area

LISTED, LINES = 12, 15
RETURNS_SINCE = timedelta(days=30)
PING_PONG = 2  # returns of one case from which it is called ping-pong
LATE, SOON = ("over3", "over"), ("h4", "day")


@dataclass(frozen=True)
class Line:
    """A row of a table of the board: what it is about, its filter, and its counts by band."""

    key: str
    label: str
    open: int
    late: int
    soon: int

    @property
    def late_percent(self) -> int:
        """The share of open cases that are late, for the bar."""
        return round(100 * self.late / self.open) if self.open else 0


@dataclass(frozen=True)
class StageLine:
    """A matter with its open cases by category of state. key: its code."""

    key: str
    label: str
    open: int
    late: int
    stages: list[tuple[str, int]]


@dataclass(frozen=True)
class ReturnLine:
    """What a unit sent back in 30 days. ping_pong: cases that came back more than once."""

    key: str
    label: str
    returns: int
    approved: int
    ping_pong: int


@dataclass(frozen=True)
class Orders:
    """Supervise orders on open cases: unanswered, past their own time, answered this week."""

    open: int
    late: int
    answered: int


@dataclass(frozen=True)
class Board:
    """Everything the board shows at one moment."""

    at: datetime
    total: int
    bands: list[tuple[Band, int]]
    units: list[Line]
    areas: list[Line]
    matters: list[StageLine]
    stages: list[tuple[str, str]]
    orders: Orders
    returns: list[ReturnLine]
    pending_returns: int
    ping_pong: int
    overdue: list[Case] = field(default_factory=list)
    warnings: list[Case] = field(default_factory=list)

    @property
    def late(self) -> int:
        """How many are late."""
        return sum(n for band, n in self.bands if band.code in LATE)

    @property
    def soon(self) -> int:
        """How many are due within a day."""
        return sum(n for band, n in self.bands if band.code in SOON)


@dataclass(frozen=True)
class _Cell:
    """A group of the one query."""

    unit: int | None
    area: int | None
    matter: int
    category: str
    band: str
    n: int


def watched_cases(viewer: User) -> QuerySet[Case]:
    """Will give the cases a supervisor or leader watches.

    Raises: NotFound (watching is not the viewer's work).
    """
    if not permissions.can_watch(viewer):
        raise NotFound(_("没有这个页面，或您无权查看"))
    scope = scope_of(viewer)
    return Case.objects.all() if scope.everything else Case.objects.filter(tenant_q(scope))


def read_board(viewer: User) -> Board:
    """Will count what runs now, as this viewer may see it; about ten queries.

    Raises: NotFound (watching is not the viewer's work).
    """
    now, watched = clock.now(), watched_cases(viewer)
    open_cases = watched.exclude(category=StateCategory.ENDED)
    cells = _cells(open_cases, now, depth=_depth(viewer))
    by_band = _sum(cells, lambda c: c.band)
    return Board(
        at=now,
        total=sum(by_band.values()),
        bands=[(band, by_band[band.code]) for band in BANDS],
        units=_lines(cells, lambda c: c.unit, _unit_names),
        areas=_lines(cells, lambda c: c.area, _area_names),
        matters=_stage_lines(cells),
        stages=[(c.value, str(c.label)) for c in StateCategory if c != StateCategory.ENDED],
        orders=_orders(open_cases, now),
        returns=_return_lines(watched, now),
        pending_returns=open_cases.filter(pending_request=RequestKind.RETURN).count(),
        ping_pong=open_cases.filter(returned_q(PING_PONG, now)).count(),
        overdue=_listed(open_cases.filter(due_at__lt=now, clock_paused=False)),
        warnings=_listed(
            open_cases.filter(due_at__gte=now, due_at__lt=now + timedelta(days=1)).filter(
                clock_paused=False
            )
        ),
    )


def _cells(cases: QuerySet[Case], now: datetime, *, depth: int) -> list[_Cell]:
    """The open cases by unit, district, matter, category and band, counted in one pass."""
    part = Func(F("area_path"), Value("/"), Value(depth + 1), function="split_part")
    district = Cast(
        Func(part, Value(""), function="nullif", output_field=TextField()), IntegerField()
    )
    grouped = cases.annotate(band=band_column(now), district=district).order_by()
    rows = grouped.values_list("unit_id", "district", "matter_type_id", "category", "band")
    return [_Cell(*row) for row in rows.annotate(n=Count("pk"))]


def _depth(viewer: User) -> int:
    """At which place of a path the districts stand: one below the tenant's own area."""
    scope = scope_of(viewer)
    tenants = Tenant.objects.filter(area__isnull=False)
    if not scope.everything:
        tenants = tenants.filter(pk__in=scope.tenant_ids)
    paths = tenants.values_list("area__path", flat=True)
    return min((path.strip("/").count("/") + 2 for path in paths), default=2)


def _sum(cells: Iterable[_Cell], key: Callable[[_Cell], Hashable]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for cell in cells:
        found[key(cell)] += cell.n
    return found


def _lines(
    cells: list[_Cell],
    key: Callable[[_Cell], int | None],
    names: Callable[[Iterable[int]], dict[int, str]],
) -> list[Line]:
    """The places where most is late, then where most runs."""
    total = _sum((c for c in cells if key(c) is not None), key)
    late = _sum((c for c in cells if c.band in LATE), key)
    soon = _sum((c for c in cells if c.band in SOON), key)
    order = sorted(total, key=lambda k: (-late[k], -soon[k], -total[k], k))[:LINES]
    known = names(order)
    return [Line(str(k), known.get(k, str(k)), total[k], late[k], soon[k]) for k in order]


def _unit_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Organization.objects.filter(pk__in=ids).values_list("pk", "name"))


def _area_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Area.objects.filter(pk__in=ids).values_list("pk", "name"))


def _stage_lines(cells: list[_Cell]) -> list[StageLine]:
    total = _sum(cells, lambda c: c.matter)
    late = _sum((c for c in cells if c.band in LATE), lambda c: c.matter)
    stages = _sum(cells, lambda c: (c.matter, c.category))
    named = {m.pk: m for m in MatterType.objects.filter(pk__in=total)}
    order = sorted(total, key=lambda k: (-total[k], k))[:LINES]
    return [
        StageLine(
            named[k].code,
            named[k].name,
            total[k],
            late[k],
            [(c.value, stages[k, c.value]) for c in StateCategory if c != StateCategory.ENDED],
        )
        for k in order
    ]


# --- Orders and returns --------------------------------------------------------------


def order_q(code: str, now: datetime) -> Q:
    """Will match cases by their supervise orders: "open", "late" or "answered"."""
    orders = Order.objects.filter(case=OuterRef("pk"), kind=OrderKind.SUPERVISE)
    if code == "answered":
        since = now - timedelta(days=7)
        return Q(SqlExists(orders.filter(replied_at__gte=since)))
    waiting = orders.filter(replied_at__isnull=True)
    if code == "late":
        waiting = waiting.filter(due_at__lt=now)
    return Q(order_count__gt=0) & Q(SqlExists(waiting))


def returned_q(times: int, now: datetime) -> Q:
    """Will match cases a unit sent back at least so many times in 30 days."""
    asked = Request.objects.filter(kind=RequestKind.RETURN, asked_at__gte=now - RETURNS_SINCE)
    often = asked.order_by().values("case_id").annotate(n=Count("pk")).filter(n__gte=times)
    return Q(pk__in=often.values("case_id"))


def _orders(open_cases: QuerySet[Case], now: datetime) -> Orders:
    supervised = Order.objects.filter(
        kind=OrderKind.SUPERVISE, case__in=open_cases.filter(order_count__gt=0)
    )
    # Each order has its own time for the reply; one that asks for none is never late.
    late, week = Q(due_at__lt=now), Q(replied_at__gte=now - timedelta(days=7))
    waiting = Q(replied_at__isnull=True)
    return Orders(
        **supervised.aggregate(
            open=Count("case_id", filter=waiting, distinct=True),
            late=Count("case_id", filter=waiting & late, distinct=True),
            answered=Count("case_id", filter=week, distinct=True),
        )
    )


def _return_lines(watched: QuerySet[Case], now: datetime) -> list[ReturnLine]:
    asked = Request.objects.filter(
        kind=RequestKind.RETURN, asked_at__gte=now - RETURNS_SINCE, unit__isnull=False
    ).filter(case__in=watched)
    total: Counter[int] = Counter()
    approved: Counter[int] = Counter()
    cases: dict[int, Counter[int]] = defaultdict(Counter)
    for unit, case, state in asked.values_list("unit_id", "case_id", "state"):
        total[unit] += 1
        approved[unit] += state == RequestState.APPROVED
        cases[unit][case] += 1
    order = sorted(total, key=lambda k: (-total[k], k))[:LINES]
    names = _unit_names(order)
    return [
        ReturnLine(
            str(k),
            names[k],
            total[k],
            approved[k],
            sum(n >= PING_PONG for n in cases[k].values()),
        )
        for k in order
    ]


def _listed(cases: QuerySet[Case]) -> list[Case]:
    return list(as_rows(cases).order_by("due_at", "id")[:LISTED])
