"""What this app announces, after commit."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class OrganizationMoved:
    """A subtree has new paths: ``old_path`` at the front of a path became ``new_path``.

    Rows elsewhere that keep a copy of a unit's path follow it.
    """

    organization_id: int
    old_path: str
    new_path: str


@dataclass(frozen=True)
class UserDeactivated:
    """A person may no longer sign in; the sessions have been ended."""

    user_id: int


organization_moved = Signal()
user_deactivated = Signal()
