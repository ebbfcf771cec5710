"""What this app tells those above it."""

from dataclasses import dataclass
from datetime import date

from django.dispatch import Signal


@dataclass(frozen=True)
class CellsRedrawn:
    """Cells gave way to others: keys of areas, and the day since when."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    on: date


#: Sent with ``redrawn`` (CellsRedrawn) after the re-drawing was written, from the outbox: a
#: receiver that fails is asked again, with those that did not.
cells_redrawn = Signal()
