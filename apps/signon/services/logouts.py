"""Telling an application that a sign-on is over: one duty per sign-on, retried, visible.

The outbox carries the duty; how it fared stands in ``LogoutDelivery`` (see ``attempts``).
OpenID Connect applications get a signed logout token, CAS applications the message of their
protocol. Source: OpenID Connect Back-Channel Logout 1.0; AC-02.
"""

import uuid
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import jwt
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import clock, outbox
from apps.common.errors import DomainError, NotAllowed, NotFound, Refused
from apps.common.http import Answer, CallFailed, post_bytes
from apps.common.models import OutboxMessage
from apps.signon.enums import OPEN_DELIVERIES, DeliveryState, Protocol
from apps.signon.models import Application, Grant, LogoutDelivery
from apps.signon.permissions import can_manage
from apps.signon.services.attempts import arrived, failed, left_alone_until, said
from apps.signon.services.keys import signing_pair

TOPIC = "signon.logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TIMEOUT_S, TOTAL_S = 2.0, 3.0
TOKEN_SECONDS = 120


def queue_logout(grant: Grant, *, reason: str) -> LogoutDelivery | None:
    """Will order that the application learns of the end, in the caller's transaction.

    None where the application gave no address for it.
    """
    url = grant.application.logout_url
    if not url and grant.application.protocol == Protocol.CAS:
        url = grant.service
    if not url:
        return None
    moment = clock.now()
    delivery = LogoutDelivery.objects.create(
        application=grant.application,
        grant=grant,
        url=url,
        jti=uuid.uuid4(),
        reason=reason[:40],
        state=DeliveryState.WAITING,
        created_at=moment,
        next_at=moment,
    )
    _order(delivery, turn="0")
    return delivery


@outbox.handles(TOPIC)
def deliver(message: OutboxMessage) -> None:
    """Will make one attempt; a failed one orders the next. Locks the delivery."""
    delivery = (
        LogoutDelivery.objects.select_for_update(of=("self",))
        .select_related("application", "grant__user")
        .filter(pk=message.payload["delivery"], state__in=OPEN_DELIVERIES)
        .first()
    )
    if delivery is None:
        return
    application = delivery.application
    until = left_alone_until(application)
    if until is not None:
        delivery.next_at = until
        delivery.save(update_fields=["next_at"])
        _order(delivery, turn=f"quiet{until.timestamp():.0f}")
        return
    delivery.attempts += 1
    try:
        answer = _send(delivery)
    except (CallFailed, DomainError, LookupError) as error:
        _failed(delivery, status=None, why=str(error))
    else:
        if 200 <= answer.status < 300:
            arrived(delivery, application, status=answer.status)
        else:
            _failed(delivery, status=answer.status, why=said(answer))


@transaction.atomic
def retry_logout(actor: User, *, delivery_id: int) -> LogoutDelivery:
    """Will send a given-up word once more, now. Locks it; audited.

    Raises: NotFound; NotAllowed; Refused (it was not given up).
    """
    delivery = (
        LogoutDelivery.objects.select_for_update(of=("self",))
        .select_related("application__owner")
        .filter(pk=delivery_id)
        .first()
    )
    if delivery is None:
        raise NotFound(_("没有这条退出通知。"))
    if not can_manage(actor, delivery.application.owner.tenant_id):
        raise NotAllowed(_("您没有管理该应用的权限。"))
    if delivery.state != DeliveryState.DEAD:
        raise Refused(_("这条退出通知不需要重发。"))
    delivery.state, delivery.attempts = DeliveryState.WAITING, 0
    delivery.next_at = clock.now()
    delivery.save(update_fields=["state", "attempts", "next_at"])
    Application.objects.filter(pk=delivery.application_id).update(quiet_until=None, failures=0)
    _order(delivery, turn=f"again{clock.now().timestamp():.3f}")
    record(
        actor,
        "sign_on.logout_retried",
        object_type="signon.application",
        object_id=delivery.application_id,
        object_label=delivery.application.name,
        data={"delivery": delivery.pk},
    )
    return delivery


def logout_token(delivery: LogoutDelivery) -> str:
    """Will sign the word that a sign-on is over, good for two minutes."""
    kid, pem = signing_pair()
    issued = int(clock.now().timestamp())
    claims = {
        "iss": delivery.grant.issuer,
        "aud": delivery.application.client_id,
        "iat": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": str(delivery.jti),
        "sub": str(delivery.grant.user_id),
        "sid": delivery.grant.sid,
        "events": {EVENT: {}},
    }
    return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": kid, "typ": "logout+jwt"})


def cas_message(delivery: LogoutDelivery) -> str:
    """Will write the CAS word of signing out; the ticket names the session over there."""
    at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        f' ID="{delivery.jti}" Version="2.0" IssueInstant="{at}">'
        '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@</saml:NameID>'
        f"<samlp:SessionIndex>{escape(delivery.grant.ticket)}</samlp:SessionIndex>"
        "</samlp:LogoutRequest>"
    )


def _send(delivery: LogoutDelivery) -> Answer:
    if delivery.application.protocol == Protocol.CAS:
        form = {"logoutRequest": cas_message(delivery)}
    else:
        form = {"logout_token": logout_token(delivery)}
    return post_bytes(
        delivery.url,
        urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"},
        timeout_s=TIMEOUT_S,
        total_s=TOTAL_S,
    )


def _failed(delivery: LogoutDelivery, *, status: int | None, why: str) -> None:
    if failed(delivery, delivery.application, status=status, why=why):
        _order(delivery, turn=str(delivery.attempts))


def _order(delivery: LogoutDelivery, *, turn: str) -> None:
    outbox.enqueue(
        TOPIC,
        key=f"{delivery.jti}:{turn}",
        payload={"delivery": delivery.pk},
        available_at=delivery.next_at,
    )
