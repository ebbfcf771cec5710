"""How many floating people rent in each cell, month by month (RG-03)."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.places.models import Area
from apps.registry import permissions
from apps.registry.enums import FileKind, Household
from apps.registry.models import Relation
from apps.registry.selectors.links import Span, month_starts, tenants_on

MONTHS = 12


@dataclass(frozen=True)
class CellTrend:
    """Tenants of one cell on the first day of each month, the oldest first."""

    cell: Area
    counts: list[int]

    @property
    def change(self) -> int:
        """How many more there are than a year ago."""
        return self.counts[-1] - self.counts[0]


def lease_cells(viewer: User, *, area_path: str = "") -> QuerySet[Area]:
    """Will give the cells in which there are leases the viewer reaches, by path."""
    areas = leases_in(viewer, area_path=area_path).values("to_file__area_id")
    return Area.objects.filter(pk__in=areas).defer("boundary").order_by("path")


def leases_in(viewer: User, *, area_path: str = "") -> QuerySet[Relation]:
    """Will give the leases of floating people in houses the viewer reaches, ended ones too."""
    reach = permissions.within_reach(viewer, *permissions.READERS, prefix="to_file__")
    return Relation.objects.filter(
        reach,
        kind__is_lease=True,
        to_file__kind=FileKind.PREMISES,
        to_file__area_path__startswith=area_path,
        from_file__person__household=Household.FLOATING,
    )


def trends_of(viewer: User, cells: list[Area]) -> list[CellTrend]:
    """Will give the trend of each of these cells, in one question."""
    spans: dict[int, list[Span]] = defaultdict(list)
    rows = leases_in(viewer).filter(to_file__area__in=cells)
    told = rows.values_list("to_file__area", "from_file", "from_on", "to_on")
    for area_id, person_id, start, end in told:
        spans[area_id].append((person_id, start, end))
    days = month_starts(MONTHS)
    return [CellTrend(cell, [tenants_on(spans[cell.pk], day) for day in days]) for cell in cells]
