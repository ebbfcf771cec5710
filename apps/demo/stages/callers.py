"""What other systems have called lately, so that the pages of the gateway tell something."""

import random
import uuid
from datetime import datetime, timedelta

from apps.gateway import services as gateway
from apps.gateway.models import ApiClient

CALLS = 240
_PATHS = (
    ("GET", "/api/v1/cases/", 200, 40),
    ("GET", "/api/v1/listeners/", 200, 60),
    ("GET", "/api/v1/areas/", 200, 15),
    ("GET", "/api/v1/changes/", 200, 25),
)
_REFUSALS = ((403, "scope_missing"), (429, "throttled"), (400, "invalid"), (404, "not_found"))


def load_calls(client: ApiClient, *, until: datetime, seed: int) -> int:
    """Will write a day of calls of a client before ``until``, one in twelve refused.

    Questions only: what changes something has a story, and an invented one would be false.
    """
    drawn = random.Random(seed)
    key = client.keys.values_list("prefix", flat=True).first() or ""
    rows = []
    for number in range(CALLS):
        method, path, status, usual_ms = drawn.choice(_PATHS)
        refused = drawn.choice(_REFUSALS) if number % 12 == 0 else (status, "")
        rows.append(
            gateway.Noted(
                at=(until - timedelta(minutes=drawn.uniform(1, 24 * 60))).isoformat(),
                request_id=uuid.UUID(int=drawn.getrandbits(128)).hex,
                trace_id="",
                client_id=client.pk,
                key=key,
                method=method,
                path=path,
                status=refused[0],
                code=refused[1],
                duration_ms=round(usual_ms * drawn.lognormvariate(0, 0.5)),
                ip="10.20.3.4",
                shown="",
                covered="phone" if path.startswith("/api/v1/cases/") else "",
            )
        )
    gateway.keep_calls(rows)
    gateway.check_services()
    return len(rows)
