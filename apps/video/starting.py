"""What cameras need of an installation that stood before they came."""

from typing import Any

from apps.accounts.services import extend_roles_after

SINCE = (("video", "0001_initial"), ("video", "0002_head_hold"))


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give an older city the roles of cameras where the migration is applied just now.

    Once only: a right a city takes away later stays taken away.
    """
    for app, migration in SINCE:
        extend_roles_after(app, migration, plan=plan)
