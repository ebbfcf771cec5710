"""Text messages: in by an address signed as Standard Webhooks, out by the city's SMS gateway.

In: ``{"id", "from", "text", "at"}``, signed with the account's secret ``inbound`` (``whsec_…``).
Out: through the adapter that ``SMS_ADAPTER`` names, the same that carries receipts.
"""

import json
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.hotline import phones
from apps.messaging.registry import Incoming, Outgoing, Reach
from apps.notices.registry import Message, get_adapter


def parse(body: bytes, *, at: datetime) -> Incoming:
    """Raises: InvalidInput (fields "body", "id", "from", "text")."""
    told = object_of(body)
    for name in ("id", "from", "text"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise InvalidInput(_("缺少字段：%s") % name, field=name)
    phone = phones.parse(told["from"])
    if not phone:
        raise InvalidInput(_("认不出发送号码"), field="from")
    return Incoming(
        provider_id=told["id"], outsider=phone, text=told["text"], at=moment_of(told.get("at"), at)
    )


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Implements ``registry.Sender``. Raises: AdapterError."""
    message = Message("sms", outgoing.to, "", outgoing.text, outgoing.key)
    return get_adapter("sms").send(message)


def object_of(body: bytes) -> dict[str, Any]:
    """Will give the JSON object of a body. Raises: InvalidInput (field "body")."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("内容不是有效的 JSON"), field="body") from error
    if not isinstance(told, dict):
        raise InvalidInput(_("内容应为 JSON 对象"), field="body")
    return told


def moment_of(told: Any, fallback: datetime) -> datetime:
    """Will give the time a message names, never one ahead of ours or without a zone."""
    try:
        found = parse_datetime(told) if isinstance(told, str) else None
    except ValueError:
        return fallback
    return min(found, fallback) if found is not None and found.tzinfo else fallback
