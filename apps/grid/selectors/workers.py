"""Where field workers work, for apps beside field work."""

from collections.abc import Iterable
from datetime import date

from apps.accounts.models import User
from apps.fieldwork.selectors import cells_of, worker_of
from apps.places.models import Area


def cells_of_worker(user: User, day: date) -> Iterable[Area] | None:
    """Will give the cells of a field worker on a day, None for whoever is none."""
    return cells_of(user, day) if worker_of(user) is not None else None
