"""What the register needs of an installation that stood before classes had fields of their own."""

from typing import Any

from apps.accounts.services import extend_roles_after
from apps.assets.permissions import DEFINE


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles the new right where its migration is applied just now."""
    extend_roles_after("assets", "0006_class_forms", plan=plan, rights=[DEFINE])
