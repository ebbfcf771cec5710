"""Other hotlines (110 non-police, 12348 ...): tickets and their progress over REST, both ways.

Out: ``POST`` of a JSON word to option ``url``, signed as Standard Webhooks with secret
``outbound``; the answer may carry ``number``. In: the same words, signed with secret ``inbound``.
A word: ``{"id", "kind": "ticket"|"status", "number", "text", ...}``; a ticket also ``title``,
``reporter_name``, ``reporter_phone``, ``address``, ``lon``, ``lat``; a status ``state``
(accepted, returned, done) and, for a case of ours, ``case``. Source: HL-01, GW-08.
"""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_bytes
from apps.gateway import signing
from apps.messaging.adapters.sms import moment_of, object_of
from apps.messaging.enums import TransferState
from apps.messaging.registry import AdapterError, LineWord, Outgoing, Reach

TIMEOUT_S = 5.0
KINDS = ("ticket", "status")
STATES = (TransferState.ACCEPTED, TransferState.RETURNED, TransferState.DONE)
_LATER = {408, 425, 429}


def parse(body: bytes, *, at: datetime) -> LineWord:
    """Raises: InvalidInput (the field that is missing or wrong)."""
    told = object_of(body)
    for name in ("id", "kind", "number", "text"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise InvalidInput(_("缺少字段：%s") % name, field=name)
    if told["kind"] not in KINDS:
        raise InvalidInput(_("没有这个选项：%s") % told["kind"][:40], field="kind")
    if told["kind"] == "status" and told.get("state") not in STATES:
        raise InvalidInput(_("没有这个选项：%s") % str(told.get("state"))[:40], field="state")
    return LineWord(
        provider_id=told["id"][:300],
        kind=told["kind"],
        number=told["number"].strip()[:80],
        text=told["text"],
        at=moment_of(told.get("at"), at),
        lon=_degrees(told, "lon", 180),
        lat=_degrees(told, "lat", 90),
        **{name: _text(told, name) for name in _TEXTS},
    )


_TEXTS = ("title", "case", "state", "reporter_name", "reporter_phone", "address")


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Implements ``registry.Sender``. Raises: AdapterError."""
    word = {"id": outgoing.key, "text": outgoing.text} | dict(outgoing.data)
    body = json.dumps(word, ensure_ascii=False).encode()
    heads = signing.headers(
        [reach.secrets.get("outbound", "")], message_id=outgoing.key, at=clock.now(), body=body
    )
    try:
        answer = post_bytes(
            str(reach.options.get("url", "")), body, headers=heads, timeout_s=TIMEOUT_S
        )
    except InvalidInput as error:
        raise AdapterError("address not listed", retryable=True) from error
    except CallFailed as error:
        raise AdapterError(str(error), retryable=True) from error
    if not 200 <= answer.status < 300:
        is_passing = answer.status >= 500 or answer.status in _LATER
        raise AdapterError(f"answered {answer.status}", retryable=is_passing)
    if outgoing.data.get("kind") != "ticket":
        return ""  # a number names a ticket, not every word about it
    try:
        return str(answer.json().get("number", ""))[:80]
    except (ValueError, AttributeError):
        return ""  # taken without a number; sending again would double it


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(_("应为文字：%s") % name, field=name)
    return value.strip()


def _degrees(told: dict[str, Any], name: str, most: int) -> float | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > most:
        raise InvalidInput(_("应为经纬度：%s") % name, field=name)
    return float(value)
