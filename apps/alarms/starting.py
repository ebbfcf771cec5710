"""What the alarm centre needs of an installation that stood before it came."""

from typing import Any

from apps.accounts.services import extend_roles_after
from apps.alarms.permissions import APPROVE, ISSUE

#: The first migration after the roles were known: older installations meet them here.
SINCE = ("alarms", "0003_rehearsals")
WARNINGS_SINCE = ("alarms", "0005_public_warnings")


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles their alarm rights where the migration is applied just now.

    Once only: a right a city takes away later stays taken away.
    """
    extend_roles_after(*SINCE, plan=plan)
    extend_roles_after(*WARNINGS_SINCE, plan=plan, rights=[ISSUE, APPROVE])
