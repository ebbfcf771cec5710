"""Whom to tell of what happens to a worker."""

from apps.accounts.models import Organization, User
from apps.accounts.selectors import staff_of
from apps.fieldwork.models import Worker
from apps.fieldwork.permissions import LEAD


def leaders_of(worker: Worker) -> list[User]:
    """Will give who leads a worker: by a post in the worker's unit or one above it."""
    return leaders_in(worker.unit)


def leaders_in(unit: Organization) -> list[User]:
    """Will give who leads the workers of a unit: by a post in it or above it, the unit first."""
    ids = [int(pk) for pk in unit.path.strip("/").split("/")]
    units = Organization.objects.in_bulk(ids)
    found: dict[int, User] = {}
    for pk in reversed(ids):
        found |= {person.pk: person for person in staff_of(units[pk], LEAD)}
    return list(found.values())
