"""Rows made into what the protocols take."""

import json
from typing import Any

from apps.gateway.sealing import seal, unseal
from apps.polling.models import Gateway, Poll
from apps.polling.wire import Asked, Endpoint, Line


def endpoint_of(gateway: Gateway) -> Endpoint:
    """Will give where and how to connect. Raises: Refused (the secret cannot be opened)."""
    return Endpoint(
        gateway.protocol,
        gateway.host,
        gateway.port,
        gateway.timeout_s,
        gateway.snmp_version,
        secret_of(gateway),
        gateway.is_tls,
        gateway.server_name,
    )


def secret_of(gateway: Gateway) -> dict[str, str]:
    """Will open what we prove ourselves with. Raises: Refused (sealed under another key)."""
    found: dict[str, str] = json.loads(unseal(gateway.secret)) if gateway.secret else {}
    return found


def sealed(secret: dict[str, str]) -> str:
    """Will close what we prove ourselves with; nothing for nothing."""
    return seal(json.dumps(secret)) if secret else ""


def asked_of(poll: Poll) -> Asked:
    """Will give what is asked of a device; its plan's lines with their fields are at hand."""
    lines = [
        Line(
            line.field.code, line.address, line.field.kind, line.table, line.data_type,
            line.byte_order, line.scale, line.offset,
        )
        for line in poll.plan.lines.all()
    ]  # fmt: skip
    return Asked(poll.pk, poll.device.node, poll.address, tuple(lines))


def document_of(gateway: Gateway) -> dict[str, Any]:
    """Will give what the log keeps of a gateway; of its secret only whether there is one."""
    names = (
        "name", "protocol", "host", "port", "snmp_version", "timeout_s", "concurrency",
        "unit_id", "area_id", "is_active", "is_tls", "server_name",
    )  # fmt: skip
    return {name: getattr(gateway, name) for name in names} | {"has_secret": bool(gateway.secret)}
