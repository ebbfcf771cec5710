"""What diagnosis needs of an installation that stood before it came."""

from typing import Any

from apps.accounts.services import extend_roles_after

#: The first migration with the rights: older installations meet the roles here.
SINCE = ("diagnosis", "0001_initial")


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles their rights where the migration is applied just now."""
    extend_roles_after(*SINCE, plan=plan)
