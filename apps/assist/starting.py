"""What the app brings to a city that had its roles before."""

from typing import Any

from apps.accounts.services import extend_roles_after


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("assist", "0001_initial", plan=plan)
