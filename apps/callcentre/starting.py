"""What an older city gets when it is brought up to this version."""

from typing import Any

from apps.accounts.services import extend_roles_after


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will make the roles of this app once, when it first arrives."""
    extend_roles_after("callcentre", "0001_initial", plan=plan)
