"""The city's own bridge to mini-program platforms, which keeps their secrets.

``POST <MINI_PROGRAM_URL> {"client", "code"}`` is answered 200 ``{"open_id": …}``; each platform
has a dialect of its own, and the bridge speaks it.
"""

from typing import Any

from django.conf import settings

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_json
from apps.residents.checking import ExchangeFailed

TIMEOUT_S = 5.0
LONGEST = 80


class Platform:
    """Asks the bridge; any trouble is ``ExchangeFailed``."""

    def open_id(self, *, client_key: str, code: str) -> str:
        headers = {}
        if settings.MINI_PROGRAM_TOKEN:
            headers["Authorization"] = f"Bearer {settings.MINI_PROGRAM_TOKEN}"
        asked = {"client": client_key, "code": code}
        try:
            answer = post_json(
                settings.MINI_PROGRAM_URL, asked, headers=headers, timeout_s=TIMEOUT_S
            )
            told: Any = answer.json() if answer.status == 200 else None
        except (CallFailed, InvalidInput, ValueError) as error:
            raise ExchangeFailed("platform not available") from error
        open_id = told.get("open_id") if isinstance(told, dict) else None
        if not isinstance(open_id, str) or not 0 < len(open_id) <= LONGEST:
            raise ExchangeFailed("code not known")
        return open_id
