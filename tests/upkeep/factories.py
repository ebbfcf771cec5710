"""People who keep the platform."""

from apps.accounts.models import Organization, User
from tests.people import appointed

RIGHTS = {
    "reader": ["view_upkeep"],
    "keeper": ["view_upkeep", "keep_upkeep", "approve_runbooks"],
    "writer": ["view_upkeep", "write_runbooks"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"upkeep.{right}" for right in RIGHTS[role]]
    return appointed(name, unit, role=f"upkeep-{role}", rights=rights)
