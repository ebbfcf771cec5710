"""The code table as of a day, and what a class asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from apps.common import clock
from apps.common.memory import Memory
from apps.grid.enums import Season
from apps.grid.models import GridClass, GridClassLimit

_known: Memory[tuple[GridClass, ...]] = Memory(of=("grid.GridClass",))
FLOOD_MONTHS = frozenset({6, 7, 8, 9})
HEATING_MONTHS = frozenset({11, 12, 1, 2, 3})


@dataclass(frozen=True)
class ClassChoice:
    """A class that may be chosen. parent: code of its large class, "" for a large one."""

    code: str
    label: str
    parent: str


def event_classes(kind: str, on: date | None = None) -> list[ClassChoice]:
    """Will give the large and small classes of a kind that count on a day (default: today)."""
    return [
        ClassChoice(found.code, found.name, found.large_code)
        for found in _valid(on or clock.today())
        if found.kind == kind
    ]


def class_choices(on: date | None = None) -> Sequence[tuple[str, str]]:
    """Will give (code, "大类 / 小类") of the small classes that count on a day, in order."""
    valid = _valid(on or clock.today())
    large = {found.code: found.name for found in valid if not found.large_code}
    return [
        (found.code, f"{large.get(found.large_code, '')} / {found.name}")
        for found in valid
        if found.large_code
    ]


def find_class(code: str, on: date | None = None) -> GridClass | None:
    """Will give the small class of a code as it counts on a day, None where none does."""
    for found in _valid(on or clock.today()):
        if found.code == code and found.large_code:
            return found
    return None


def latest_class(code: str) -> GridClass | None:
    """Will give the newest row of a code, whether it still counts or not."""
    return GridClass.objects.filter(code=code).order_by("-valid_from").first()


def full_label(code: str) -> str:
    """Will name a small class with its large one, also when it no longer counts."""
    found, large = latest_class(code), latest_class(code.partition(".")[0])
    if found is None:
        return code
    return f"{large.name} / {found.name}" if large is not None else found.name


def list_classes(*, kind: str = "", text: str = "", ended: bool = False) -> QuerySet[GridClass]:
    """Will list the table for those who keep it; ended ones only when asked for."""
    found = GridClass.objects.prefetch_related("limits__tenant")
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(code__startswith=text) | Q(name__icontains=text))
    return found if ended else found.filter(_valid_q(clock.today()))


def season_of(day: date) -> set[str]:
    """Will name the seasons a day lies in."""
    found = {Season.ANY.value}
    if day.month in FLOOD_MONTHS:
        found.add(Season.FLOOD.value)
    if day.month in HEATING_MONTHS:
        found.add(Season.HEATING.value)
    return found


def limit_of(grid_class: GridClass, *, tenant_id: int, day: date) -> GridClassLimit | None:
    """Will give the limit of the whole handling: the city's own before the general one, that of
    the season before that of the year.
    """
    return next(iter(_limits(grid_class, tenant_id, day, whole=True)), None)


def stages_of(grid_class: GridClass, *, tenant_id: int, day: date) -> list[GridClassLimit]:
    """Will give the limits of the stages in order, one of each, chosen as ``limit_of`` does."""
    chosen: dict[int, GridClassLimit] = {}
    for limit in _limits(grid_class, tenant_id, day, whole=False):
        chosen.setdefault(limit.stage, limit)
    return [chosen[stage] for stage in sorted(chosen)]


def _limits(
    grid_class: GridClass, tenant_id: int, day: date, *, whole: bool
) -> list[GridClassLimit]:
    found = grid_class.limits.filter(
        Q(tenant_id=tenant_id) | Q(tenant=None), season__in=season_of(day)
    )
    found = found.filter(stage=0) if whole else found.filter(stage__gt=0)
    return sorted(found, key=lambda one: (one.tenant_id is None, one.season == Season.ANY))


def _valid(day: date) -> tuple[GridClass, ...]:
    every = _known.get("all", lambda: tuple(GridClass.objects.all()))
    return tuple(
        c for c in every if c.valid_from <= day and (c.valid_to is None or c.valid_to > day)
    )


def _valid_q(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
