"""What the warehouse comes with: built-in algorithms, and roles for older cities."""

from typing import Any

from apps.accounts.services import extend_roles_after
from apps.algorithms.services import ensure_builtins


def ensure_algorithms(**_signal: Any) -> None:
    """Will enter the built-in algorithms of this release."""
    ensure_builtins()


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("algorithms", "0001_initial", plan=plan)
