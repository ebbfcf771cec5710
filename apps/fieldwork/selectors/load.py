"""Whether work is shared out fairly, by a formula everybody can compute again.

Of each kind of work (things to do, hours of patrols, ground) a worker's share is what they
have divided by the mean of the workers compared; the index is the weighted mean of these
shares times 100: 100 is as much as everybody, 150 half as much again. Kinds nobody has any of
are left out. Source: GR-03.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import ExpressionWrapper, F, Sum, fields
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.common.periods import Period
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.models import Patrol, Worker
from apps.fieldwork.permissions import READERS, within_reach
from apps.fieldwork.registry import loads
from apps.fieldwork.selectors.workers import cells_by_worker
from apps.places.geometry import area_m2
from apps.places.models import Area

HEAVY, LIGHT = 130, 100


@dataclass(frozen=True)
class Kind:
    """A kind of work compared. weight: its part in the index."""

    code: str
    label: str
    weight: float


@dataclass(frozen=True)
class LoadRow:
    """What one worker has. amounts: by code of the kind; index: 100 is the mean."""

    worker: Worker
    amounts: dict[str, float]
    index: float
    cells: int

    @property
    def level(self) -> str:
        """The colour of the index."""
        return "over" if self.index >= HEAVY else "done" if self.index >= LIGHT / 2 else "soon"


@dataclass(frozen=True)
class Suggestion:
    """All cells one worker could give another, and why. Nothing is changed by it.

    giver_after, taker_after: the indices to be expected once every suggestion is followed.
    """

    cells: list[Area]
    giver: LoadRow
    taker: LoadRow
    giver_after: float
    taker_after: float
    reason: str

    @property
    def cell_names(self) -> list[str]:
        """What the cells are called."""
        return [cell.name for cell in self.cells]


@dataclass(frozen=True)
class LoadReport:
    """Workers compared. gini: 0 all alike, towards 1 one has all; quotient: most by least.

    gini_after: what it would come to once every suggestion is followed.
    """

    kinds: list[Kind]
    rows: list[LoadRow]
    gini: float
    quotient: float | None
    suggestions: list[Suggestion]
    gini_after: float


def load_report(viewer: User, first: date, last: date, *, unit_path: str = "") -> LoadReport:
    """Will compare the active workers in the viewer's areas over days, both included."""
    workers = Worker.objects.filter(within_reach(viewer, *READERS), state=WorkerState.ACTIVE)
    workers = workers.filter(unit__path__startswith=unit_path).select_related("user", "unit")
    shown = list(workers.order_by("pk"))
    span = Period(first, last)
    cells = cells_by_worker([one.pk for one in shown], last)
    kinds = [Kind(one.code, str(one.label), one.weight) for one in loads()]
    amounts = {
        one.code: one.ask([w.user_id for w in shown], span.start, span.end) for one in loads()
    }
    hours, ground = _hours(shown, first, last), _ground(cells)
    kinds += [Kind("patrol_hours", str(_HOURS), 1), Kind("ground_km2", str(_GROUND), 1)]
    table = [
        {code: float(found.get(one.user_id, 0)) for code, found in amounts.items()}
        | {"patrol_hours": hours.get(one.pk, 0.0), "ground_km2": ground.get(one.pk, 0.0)}
        for one in shown
    ]
    indices = index_of(kinds, table)
    rows = [
        LoadRow(worker, values, index, len(cells.get(worker.pk, [])))
        for worker, values, index in zip(shown, table, indices, strict=True)
    ]
    rows.sort(key=lambda row: -row.index)
    suggestions, after = suggest(rows, cells)
    return LoadReport(
        kinds, rows, gini(indices), _quotient(indices), suggestions, gini(after.values())
    )


_HOURS = gettext_lazy("巡查时长（小时）")
_GROUND = gettext_lazy("网格面积（平方千米）")


def index_of(kinds: Sequence[Kind], table: Sequence[dict[str, float]]) -> list[float]:
    """Will give the index of each row of amounts; see the module."""
    means = {kind.code: sum(row[kind.code] for row in table) / (len(table) or 1) for kind in kinds}
    counted = [kind for kind in kinds if means[kind.code] > 0]
    weights = sum(kind.weight for kind in counted) or 1
    return [
        100 * sum(kind.weight * row[kind.code] / means[kind.code] for kind in counted) / weights
        for row in table
    ]


def gini(values: Iterable[float]) -> float:
    """Will give the Gini coefficient of values that are not negative; 0 for none."""
    ordered = sorted(values)
    total, count = sum(ordered), len(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return max(0.0, 2 * weighted / (count * total) - (count + 1) / count)


def _quotient(values: Sequence[float]) -> float | None:
    return max(values) / min(values) if values and min(values) > 0 else None


def _hours(workers: Sequence[Worker], first: date, last: date) -> dict[int, float]:
    walked = ExpressionWrapper(
        F("finished_at") - F("started_at"), output_field=fields.DurationField()
    )
    found = (
        Patrol.objects.filter(
            worker__in=workers, day__range=(first, last), finished_at__isnull=False
        )
        .order_by()
        .values_list("worker_id")
        .annotate(total=Sum(walked))
    )
    return {worker_id: total.total_seconds() / 3600 for worker_id, total in found if worker_id}


def _ground(cells: dict[int, list[Area]]) -> dict[int, float]:
    ids = {cell.pk for own in cells.values() for cell in own}
    shapes = Area.objects.filter(pk__in=ids, boundary__isnull=False)
    size = {one.pk: area_m2(one.boundary) / 1e6 for one in shapes if one.boundary is not None}
    total: dict[int, float] = defaultdict(float)
    for worker_id, own in cells.items():
        total[worker_id] = sum(size.get(cell.pk, 0.0) for cell in own)
    return total


def suggest(
    rows: Sequence[LoadRow], cells: Mapping[int, Sequence[Area]]
) -> tuple[list[Suggestion], dict[int, float]]:
    """Will give every move that evens the load, and the index of each worker after all of them.

    A cell is taken to carry an equal part of its worker's index. The heaviest worker of 130 or
    more gives a cell to the lightest below 100 of the same body whose cells it touches, as long
    as the taker stays below what the giver had; each worker keeps a cell. Two workers never
    trade back.
    """
    after = {row.worker.pk: row.index for row in rows}
    part = {row.worker.pk: row.index / row.cells for row in rows if row.cells}
    held = {row.worker.pk: [cell.pk for cell in cells.get(row.worker.pk, [])] for row in rows}
    by_pk = {row.worker.pk: row for row in rows}
    # Only heavy ones give, and only what they had: no other cell's neighbours are asked for.
    given = [pk for row in rows if row.index >= HEAVY for pk in held[row.worker.pk]]
    touching = _neighbours(given, [pk for own in held.values() for pk in own])
    moved: dict[tuple[int, int], list[int]] = defaultdict(list)
    while move := _next_move(by_pk, after, part, held, touching):
        giver, taker, cell_id = move
        held[giver].remove(cell_id)
        held[taker].append(cell_id)
        after[giver] -= part[giver]
        after[taker] += part[giver]
        moved[giver, taker].append(cell_id)
    names = {cell.pk: cell for own in cells.values() for cell in own}
    return [
        _suggestion(by_pk[giver], by_pk[taker], [names[pk] for pk in ids], after)
        for (giver, taker), ids in moved.items()
    ], after


def _next_move(
    rows: Mapping[int, LoadRow],
    after: Mapping[int, float],
    part: Mapping[int, float],
    held: Mapping[int, list[int]],
    touching: Mapping[int, set[int]],
) -> tuple[int, int, int] | None:
    """Giver, taker and cell of the move that helps most now. Only heavy ones give, only light
    ones take, so nothing ever moves back."""
    heavy = [pk for pk, index in after.items() if index >= HEAVY and len(held[pk]) > 1]
    light = [pk for pk, row in rows.items() if row.index < LIGHT and after[pk] < LIGHT]
    for giver in sorted(heavy, key=lambda pk: -after[pk]):
        for taker in sorted(light, key=lambda pk: after[pk]):
            same = rows[taker].worker.tenant_id == rows[giver].worker.tenant_id
            if not same or after[taker] + part[giver] >= after[giver]:
                continue
            theirs = set(held[taker])
            for cell_id in held[giver]:
                if touching[cell_id] & theirs:
                    return giver, taker, cell_id
    return None


def _neighbours(ids: Sequence[int], among: Sequence[int]) -> dict[int, set[int]]:
    """Which of ``among`` touch each of these cells, one question for each."""
    shapes = dict(
        Area.objects.filter(pk__in=ids, boundary__isnull=False).values_list("pk", "boundary")
    )
    near = Area.objects.filter(pk__in=among).order_by()
    return {
        pk: set(near.filter(boundary__touches=shapes[pk]).values_list("pk", flat=True))
        if pk in shapes
        else set()
        for pk in ids
    }


def _suggestion(
    giver: LoadRow, taker: LoadRow, cells: list[Area], after: Mapping[int, float]
) -> Suggestion:
    last, first = after[giver.worker.pk], after[taker.worker.pk]
    words = _(
        "网格相邻；%(giver)s的负荷指数 %(high).0f → %(last).0f，%(taker)s %(low).0f → %(first).0f"
    ) % {
        "giver": giver.worker.user.full_name,
        "high": giver.index,
        "last": last,
        "taker": taker.worker.user.full_name,
        "low": taker.index,
        "first": first,
    }
    return Suggestion(cells, giver, taker, last, first, words)
