"""The writers of the gateway: clients that call us, connectors we call, what is sent to them."""

from apps.gateway.services.clients import (
    check_ranges,
    check_rate,
    identify,
    issue_client,
    revoke_client,
    rotate_key,
)
from apps.gateway.services.connectors import (
    OVERLAP,
    create_connector,
    edit_connector,
    pause_connector,
    resume_connector,
    rotate_secret,
    valid_secrets,
)
from apps.gateway.services.deliveries import ping, publish, purge_deliveries, replay, send
from apps.gateway.services.inbound import (
    ISSUE,
    identify_signed,
    issue_inbound_secret,
    revoke_inbound_secrets,
)
from apps.gateway.services.sending import deliver_due

__all__ = [
    "ISSUE",
    "OVERLAP",
    "check_ranges",
    "check_rate",
    "create_connector",
    "deliver_due",
    "edit_connector",
    "identify",
    "identify_signed",
    "issue_client",
    "issue_inbound_secret",
    "pause_connector",
    "ping",
    "publish",
    "purge_deliveries",
    "replay",
    "resume_connector",
    "revoke_client",
    "revoke_inbound_secrets",
    "rotate_key",
    "rotate_secret",
    "send",
    "valid_secrets",
]
