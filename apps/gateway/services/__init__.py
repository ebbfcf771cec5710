"""The writers of the gateway: clients that call us, connectors we call, what was said."""

from apps.gateway.mapping import Row as MappingRow
from apps.gateway.services.calls import (
    Noted,
    keep_calls,
    note_call,
    note_personal,
    purge_calls,
    write_calls,
)
from apps.gateway.services.catalogue import (
    check_services,
    fill_catalogue,
    keep_catalogue,
    purge_checks,
    register_service,
    retire_service,
)
from apps.gateway.services.certificates import add_certificate, end_certificate
from apps.gateway.services.clients import (
    ClientData,
    check_ranges,
    check_rate,
    edit_client,
    issue_client,
    register_client,
    revoke_client,
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
from apps.gateway.services.identifying import (
    Caller,
    KeyRefused,
    identify,
    identify_signature,
    refuse_certificate,
)
from apps.gateway.services.inbound import (
    ISSUE,
    identify_signed,
    issue_inbound_secret,
    revoke_inbound_secrets,
)
from apps.gateway.services.keys import (
    add_signing_key,
    end_key,
    end_signing_key,
    issue_key,
    rotate_key,
)
from apps.gateway.services.mappings import map_result, put_into_shape, set_mapping
from apps.gateway.services.nonces import purge_nonces
from apps.gateway.services.owners import is_answered_for, suspends_at, watch_clients
from apps.gateway.services.reconciling import (
    digest_of,
    reconcile,
    reconcile_due,
    replay_missing,
)
from apps.gateway.services.sending import deliver_due

__all__ = [
    "ISSUE",
    "OVERLAP",
    "Caller",
    "ClientData",
    "KeyRefused",
    "MappingRow",
    "Noted",
    "add_certificate",
    "add_signing_key",
    "check_ranges",
    "check_rate",
    "check_services",
    "create_connector",
    "deliver_due",
    "digest_of",
    "edit_client",
    "edit_connector",
    "end_certificate",
    "end_key",
    "end_signing_key",
    "fill_catalogue",
    "identify",
    "identify_signature",
    "identify_signed",
    "is_answered_for",
    "issue_client",
    "issue_inbound_secret",
    "issue_key",
    "keep_calls",
    "keep_catalogue",
    "map_result",
    "note_call",
    "note_personal",
    "pause_connector",
    "ping",
    "publish",
    "purge_calls",
    "purge_checks",
    "purge_deliveries",
    "purge_nonces",
    "put_into_shape",
    "reconcile",
    "reconcile_due",
    "refuse_certificate",
    "register_client",
    "register_service",
    "replay",
    "replay_missing",
    "resume_connector",
    "retire_service",
    "revoke_client",
    "revoke_inbound_secrets",
    "rotate_key",
    "rotate_secret",
    "send",
    "set_mapping",
    "suspends_at",
    "valid_secrets",
    "watch_clients",
    "write_calls",
]
