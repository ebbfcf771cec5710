"""Waking a telephone: it is told that something waits, never what; the app then fetches it.

``unifiedpush``: the device's own address at a distributor, an unguessable URL; the body says
that there is news. ``relay``: a service of the city's that speaks to the makers' networks; it is
told the device's token under a signature. Nothing of the citizen leaves the house by either.
Options of the app's account: ``push_url`` (relay). Secrets: ``push`` (relay). Source: HL-07,
HL-16, UnifiedPush server-to-distributor specification.
"""

import json

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_bytes
from apps.gateway import signing
from apps.messaging.registry import AdapterError, DeviceGone, Reach, Waking

TIMEOUT_S = 4.0
#: The distributor keeps it so long for a device that is switched off.
TTL_SECONDS = 24 * 3600
_GONE = (404, 410)


def wake_directly(reach: Reach, waking: Waking) -> None:
    """Implements ``registry.Pusher`` for ``unifiedpush``."""
    heads = {"TTL": str(TTL_SECONDS), "Urgency": "normal", "Topic": "citybrain"}
    _tell(waking.endpoint, _body(waking), heads)


def wake_by_relay(reach: Reach, waking: Waking) -> None:
    """Implements ``registry.Pusher`` for ``relay``."""
    url, secret = str(reach.options.get("push_url", "")), reach.secrets.get("push", "")
    if not url or not secret:
        raise AdapterError("no relay configured", retryable=False)
    body = _body(waking, device=waking.endpoint)
    heads = signing.headers([secret], message_id=waking.key, at=clock.now(), body=body)
    _tell(url, body, heads)


def _body(waking: Waking, **more: str) -> bytes:
    return json.dumps({"type": "messages", "key": waking.key} | more).encode()


def _tell(url: str, body: bytes, heads: dict[str, str]) -> None:
    try:
        answer = post_bytes(url, body, headers=heads, timeout_s=TIMEOUT_S)
    except InvalidInput as error:
        raise AdapterError("address not listed", retryable=True) from error
    except CallFailed as error:
        raise AdapterError(type(error).__name__, retryable=True) from error
    if answer.status in _GONE:
        raise DeviceGone(f"answered {answer.status}")
    if answer.status >= 300:
        is_later = answer.status >= 500 or answer.status in (408, 429)
        raise AdapterError(f"answered {answer.status}", retryable=is_later)
