"""Whose pack it is."""

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.db.models import Extent

from apps.accounts.models import User
from apps.common import clock
from apps.fieldwork.selectors import cells_of
from apps.places.geometry import Bounds
from apps.places.models import Area

MOST_CELLS = 12  # a worker has one or two; whoever stands in for a whole street has these
MARGIN = 0.0015  # degrees around the cells, about 150 m


@dataclass(frozen=True)
class Holder:
    """A worker, a day, and the cells they answer for that day."""

    user: User
    day: date
    cells: tuple[Area, ...]

    @classmethod
    def of(cls, user: User) -> "Holder":
        """Will look up the worker's cells of today."""
        day = clock.today()
        return cls(user, day, tuple(cells_of(user, day)[:MOST_CELLS]))

    @property
    def bounds(self) -> Bounds | None:
        """The box around the cells in degrees, a little wider; None without cells."""
        ids = [cell.pk for cell in self.cells]
        box = Area.objects.filter(pk__in=ids).aggregate(box=Extent("boundary"))["box"]
        if box is None:
            return None
        west, south, east, north = box
        return Bounds(west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
