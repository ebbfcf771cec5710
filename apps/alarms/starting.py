"""What the alarm centre needs of an installation that stood before it came."""

from typing import Any

from apps.accounts.services import extend_roles_after

#: The first migration after the roles were known: older installations meet them here.
SINCE = ("alarms", "0003_rehearsals")


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles their alarm rights where the migration is applied just now.

    Once only: a right a city takes away later stays taken away.
    """
    extend_roles_after(*SINCE, plan=plan)
