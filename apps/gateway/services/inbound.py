"""Messages other systems sign to us: their secrets, and who signed one. Source: MT-12.

A connector's system acts as one of the API clients of its government body: what that client's
account, scopes, addresses and dates permit, the signed message may do, and nothing else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, Refused
from apps.gateway import signing
from apps.gateway.models import ApiClient, Connector, InboundSecret
from apps.gateway.sealing import seal, unseal
from apps.gateway.services.connectors import OVERLAP, lock_connector
from apps.gateway.services.guarding import MANAGE_CLIENTS, require_client_manager
from apps.gateway.services.identifying import USE_NOTED_EVERY, why_unusable

ISSUE = MANAGE_CLIENTS
#: Refused messages per connector and address; beyond, no log is written any more.
REFUSALS, PER_SECONDS = 60, 60


@transaction.atomic
def issue_inbound_secret(
    actor: User, *, connector_id: int, client_id: int, overlap: timedelta = OVERLAP
) -> str:
    """Will give a new secret for messages to us, this once; audited.

    Those before stay valid until ``overlap`` has passed (zero: end now). client_id: as whom the
    other system acts. Locks the connector. Raises: NotFound; NotAllowed (needs the rights over
    connectors and over clients); InvalidInput (client: of another body, or not usable).
    """
    connector = lock_connector(actor, connector_id)
    require_client_manager(actor, tenant_id=connector.tenant_id)
    client = (
        ApiClient.objects.filter(pk=client_id, tenant_id=connector.tenant_id)
        .select_related("service_user")
        .first()
    )
    if client is None or client.revoked_at is not None or not client.service_user.is_active:
        raise InvalidInput(_("请选择本租户在用的接口客户端"), field="client")
    moment = clock.now()
    _end(connector, at=moment + overlap)
    secret = signing.new_secret()
    InboundSecret.objects.create(
        connector=connector,
        secret=seal(secret),
        issued_at=moment,
        issued_by_name=actor.display_name[:100],
    )
    connector.inbound_client = client
    connector.save(update_fields=["inbound_client"])
    _record(actor, "connector.inbound_secret_issued", connector, client=client.name)
    return secret


@transaction.atomic
def revoke_inbound_secrets(actor: User, *, connector_id: int) -> Connector:
    """Will end every secret for messages to us at once; audited. Locks the connector.

    Raises: NotFound; NotAllowed; Refused (none is valid).
    """
    connector = lock_connector(actor, connector_id)
    moment = clock.now()
    if not valid_inbound(connector, at=moment):
        raise Refused(_("没有有效的验签密钥"))
    _end(connector, at=moment)
    _record(actor, "connector.inbound_secrets_revoked", connector)
    return connector


def valid_inbound(connector: Connector, *, at: datetime) -> list[InboundSecret]:
    """Will give the secrets whose signature is good at a moment, the newest first."""
    return list(connector.inbound_secrets.filter(Q(ends_at=None) | Q(ends_at__gt=at)))


def identify_signed(
    code: str,
    *,
    sent: Mapping[str, str],
    body: bytes,
    address: str | None,
    certificate: str = "",
) -> ApiClient | None:
    """Will give the client a signed message acts as, None where it is refused (audited).

    code: of the connector; sent: the headers, case-insensitive; body: the bytes as they came;
    certificate: as with ``identify``.
    Outside a transaction. Raises: TooMany (too many refusals of this connector and address).
    """
    connector = (
        Connector.objects.filter(code=code)
        .select_related("inbound_client__service_user", "inbound_client__tenant__area")
        .defer("inbound_client__tenant__area__boundary")
        .first()
    )
    reason = _why_not(connector, sent, body, address, certificate)
    if not reason:
        assert connector is not None
        return connector.inbound_client
    ratelimit.hit("gateway.inbound", f"{code}|{address}", limit=REFUSALS, per_seconds=PER_SECONDS)
    audit.record(
        SYSTEM,
        "connector.message_refused",
        object_type="gateway.connector",
        object_id=connector.pk if connector else "",
        object_label=connector.name if connector else code[:60],
        data={
            "reason": reason,
            "message_id": sent.get(signing.ID, "")[:120],
            "address": address or "",
        },
    )
    return None


def _why_not(
    connector: Connector | None,
    sent: Mapping[str, str],
    body: bytes,
    address: str | None,
    certificate: str,
) -> str:
    moment = clock.now()
    found = valid_inbound(connector, at=moment) if connector is not None else []
    secrets = {row.pk: unseal(row.secret) for row in found}
    # A stranger learns nothing from the time an answer takes.
    tried = list(secrets.values()) or [signing.new_secret()]
    if not signing.is_fresh(sent, at=moment):
        return "timestamp"
    is_signed = signing.is_valid(tried, sent, body=body, at=moment)
    if connector is None:
        return "unknown connector"
    if not found or connector.inbound_client is None:
        return "no valid secret"
    if not is_signed:
        return "signature"
    reason = why_unusable(connector.inbound_client, address, certificate)
    if not reason:
        _note_use(found, secrets, sent, body, moment)
    return reason


def _note_use(
    found: list[InboundSecret],
    secrets: Mapping[int, str],
    sent: Mapping[str, str],
    body: bytes,
    moment: datetime,
) -> None:
    """Says on the page which secret the other side still uses, at most every five minutes."""
    for row in found:
        is_due = row.last_used_at is None or moment - row.last_used_at > USE_NOTED_EVERY
        if is_due and signing.is_valid([secrets[row.pk]], sent, body=body, at=moment):
            InboundSecret.objects.filter(pk=row.pk).update(last_used_at=moment)


def _end(connector: Connector, *, at: datetime) -> None:
    """Ends what is valid at that moment; what ends sooner keeps its end."""
    connector.inbound_secrets.filter(Q(ends_at=None) | Q(ends_at__gt=at)).update(ends_at=at)


def _record(actor: User, action: str, connector: Connector, **data: str) -> None:
    audit.record(
        actor,
        action,
        object_type="gateway.connector",
        object_id=connector.pk,
        object_label=connector.name,
        data=data,
    )
