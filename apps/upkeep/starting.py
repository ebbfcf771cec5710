"""What upkeep needs of a city that stands, or of one that stood before it came."""

from typing import Any

from apps.accounts.services import extend_roles_after

#: The migration that brought the rights: older installations meet them here.
SINCE = ("upkeep", "0001_initial")


def begin(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles their rights, where the migration is applied just now.

    Once only: a right a city takes away later stays taken away.
    """
    extend_roles_after(*SINCE, plan=plan)
