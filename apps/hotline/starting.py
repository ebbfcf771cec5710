"""What an older city gets when it is brought up to this version."""

from typing import Any

from apps.accounts.services import extend_roles_after


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights over text models, once."""
    extend_roles_after("nlp", "0002_text_models", plan=plan)
