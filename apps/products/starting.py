"""What data products need of an installation that stood before them."""

from typing import Any

from apps.accounts.services import extend_roles_after


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("products", "0001_initial", plan=plan)
