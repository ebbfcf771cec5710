"""An authority that answers JSON over HTTP, reached only at a listed address.

``POST <IDENTITY_URL>/real-name {"name", "id_number"}`` and ``/face`` with ``"photo"`` (Base64)
are answered 200 ``{"result": "match"}`` or ``{"result": "no_match", "reason": code}``; codes:
``unknown``, ``name_differs``, ``face_differs``. Anything else counts as not available. What
was asked is never written to a log.
"""

import base64
import json
import logging
from typing import Any

from django.conf import settings

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_bytes
from apps.residents.checking import NOT_AVAILABLE, Answer, Person
from apps.residents.enums import CheckOutcome

logger = logging.getLogger(__name__)

TIMEOUT_S = 5.0
TOTAL_S = 10.0
_REASONS = {"unknown", "name_differs", "face_differs"}


class Checker:
    """Asks the authority; any trouble is "not available"."""

    name = "http"

    def check_name(self, person: Person) -> Answer:
        return self._ask("real-name", {"name": person.name, "id_number": person.id_number})

    def check_face(self, person: Person, *, photo: bytes) -> Answer:
        encoded = base64.b64encode(photo).decode()
        asked = {"name": person.name, "id_number": person.id_number, "photo": encoded}
        return self._ask("face", asked)

    def _ask(self, path: str, asked: dict[str, str]) -> Answer:
        url = f"{settings.IDENTITY_URL.rstrip('/')}/{path}"
        headers = {}
        if settings.IDENTITY_TOKEN:
            headers["Authorization"] = f"Bearer {settings.IDENTITY_TOKEN}"
        body = json.dumps(asked, ensure_ascii=False).encode()
        try:
            answer = post_bytes(url, body, headers=headers, timeout_s=TIMEOUT_S, total_s=TOTAL_S)
            told = answer.json() if answer.status == 200 else None
        except (CallFailed, InvalidInput, ValueError):
            told = None
        found = _understood(told)
        if found is NOT_AVAILABLE:
            logger.warning("identity authority not available", extra={"path": path})
        return found


def _understood(told: Any) -> Answer:
    if not isinstance(told, dict):
        return NOT_AVAILABLE
    if told.get("result") == "match":
        return Answer(CheckOutcome.PASSED)
    if told.get("result") == "no_match":
        reason = told.get("reason")
        known = reason if isinstance(reason, str) and reason in _REASONS else "unknown"
        return Answer(CheckOutcome.NOT_PASSED, known)
    return NOT_AVAILABLE
