"""What higher apps tell the registry: in which grid cells somebody works on a day.

The registry stands beside field work and must not import it. Without an answer a worker's
cells are the duty areas of the posts held.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from apps.accounts.models import User
from apps.places.models import Area

#: The cells of somebody on a day; None: this person is no field worker.
CellsOf = Callable[[User, date], Iterable[Area] | None]

_cells_of: list[CellsOf] = []


def register_cells(cells_of: CellsOf) -> None:
    """Will ask this function where somebody works. Raises: ValueError (another one is asked)."""
    if _cells_of:
        raise ValueError("the cells of workers are already told by another app")
    _cells_of.append(cells_of)


def cell_paths(user: User, day: date) -> tuple[str, ...] | None:
    """Will give the area paths of the cells of a field worker on a day.

    None where nobody tells, or the person is none: then the duty areas of the posts count.
    """
    found = _cells_of[0](user, day) if _cells_of else None
    return None if found is None else tuple(area.path for area in found)


@contextmanager
def temporarily(cells_of: CellsOf) -> Iterator[None]:
    """Will ask this function within the block; for tests."""
    kept, _cells_of[:] = list(_cells_of), [cells_of]
    try:
        yield
    finally:
        _cells_of[:] = kept
