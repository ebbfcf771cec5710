"""CAS 2 and 3 for old systems: tickets that are exchanged once, within half a minute.

A ticket is a random secret; what is kept is its digest, until the application exchanges it.
No proxy tickets, no single page without registration. Source: Apereo CAS protocol 3.0.
"""

from dataclasses import dataclass
from datetime import timedelta
from xml.sax.saxutils import escape

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.audit.services import SYSTEM, record
from apps.common import clock, tokens
from apps.signon.addresses import is_service_of
from apps.signon.enums import ApplicationState, GrantKind, Protocol
from apps.signon.models import Application, Grant
from apps.signon.services import grants

TICKET_LIFE = timedelta(seconds=30)
NAMESPACE = "http://www.yale.edu/tp/cas"


class TicketRefused(Exception):
    """code: as the protocol names it; the message is for the application's log."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Validated:
    """A ticket that was good. attributes: name and values, for protocol 3."""

    user: User
    attributes: tuple[tuple[str, tuple[str, ...]], ...]


def find_by_service(service: str) -> Application | None:
    """Will give the live CAS application a service address belongs to."""
    if not service:
        return None
    live = Application.objects.filter(
        state=ApplicationState.LIVE, protocol=Protocol.CAS
    ).select_related("owner")
    return next((a for a in live if is_service_of(service, a.redirect_uris)), None)


def grant_ticket(
    user: User, *, application: Application, service: str, standing: grants.Standing
) -> str:
    """Will give a ticket for one service address, good for thirty seconds."""
    ticket = f"ST-{tokens.new_token()}"
    grants.open_grant(
        user,
        application=application,
        kind=GrantKind.TICKET,
        secret=ticket,
        standing=standing,
        lives=TICKET_LIFE,
        service=service,
    )
    return ticket


def validate(ticket: str, service: str, *, renew: bool = False) -> Validated:
    """Will exchange a ticket, once. Locks its sign-on; a second use ends it.

    renew: only a ticket given after a fresh sign-in will do.
    Raises: TicketRefused.
    """
    with transaction.atomic():
        found = _validate(ticket, service, renew=renew)
    if isinstance(found, TicketRefused):
        raise found
    return found


def _validate(ticket: str, service: str, *, renew: bool) -> "Validated | TicketRefused":
    if not ticket or not service:
        return TicketRefused("INVALID_REQUEST", "ticket and service are both required")
    if not ticket.startswith("ST-"):
        return TicketRefused("INVALID_TICKET_SPEC", "not a service ticket")
    grant = grants.lock_by_code(ticket)
    if grant is None or grant.kind != GrantKind.TICKET:
        return TicketRefused("INVALID_TICKET", "the ticket is not known")
    if grant.redeemed_at is not None:
        grants.punish_replay(grant, what="ticket")
        return TicketRefused("INVALID_TICKET", "the ticket was used before")
    moment = clock.now()
    if grant.ended_at or grants.is_over(grant) or grant.code_expires_at < moment:
        return TicketRefused("INVALID_TICKET", "the ticket is no longer valid")
    if grant.service != service:  # RFC: a wrong service spends the ticket as well
        grants.end_quietly(grant, reason="wrong service")
        return TicketRefused("INVALID_SERVICE", "the ticket was given for another service")
    if renew and grant.created_at - grant.auth_time > TICKET_LIFE:
        return TicketRefused("INVALID_TICKET", "a fresh sign-in was asked for")
    grant.redeemed_at, grant.ticket = moment, ticket
    grant.save(update_fields=["redeemed_at", "ticket"])
    return Validated(grant.user, _attributes(grant))


def success_xml(found: Validated, *, with_attributes: bool) -> str:
    """Will write the answer to a good ticket; every value escaped."""
    lines = ""
    if with_attributes:
        inner = "".join(
            f"<cas:{name}>{escape(value)}</cas:{name}>"
            for name, values in found.attributes
            for value in values
        )
        lines = f"<cas:attributes>{inner}</cas:attributes>"
    return _response(
        "<cas:authenticationSuccess>"
        f"<cas:user>{escape(found.user.username)}</cas:user>{lines}"
        "</cas:authenticationSuccess>"
    )


def failure_xml(refused: TicketRefused) -> str:
    """Will write the answer to a ticket that is not good."""
    return _response(
        f'<cas:authenticationFailure code="{refused.code}">'
        f"{escape(str(refused))}</cas:authenticationFailure>"
    )


def note_refused(refused: TicketRefused, service: str) -> None:
    """Will log a ticket that was refused."""
    record(
        SYSTEM,
        "sign_on.ticket_refused",
        object_type="signon.application",
        object_label=service[:200],
        data={"why": refused.code},
    )


def _response(inner: str) -> str:
    return f'<cas:serviceResponse xmlns:cas="{NAMESPACE}">{inner}</cas:serviceResponse>'


def _attributes(grant: Grant) -> tuple[tuple[str, tuple[str, ...]], ...]:
    user, scopes = grant.user, set(grant.application.scopes)
    found: list[tuple[str, tuple[str, ...]]] = [
        ("authenticationDate", (grant.auth_time.strftime("%Y-%m-%dT%H:%M:%SZ"),)),
        ("longTermAuthenticationRequestTokenUsed", ("false",)),
        ("acr", (str(grant.acr),)),
    ]
    if "profile" in scopes:
        found.append(("name", (user.full_name,)))
    if "email" in scopes and user.email:
        found.append(("email", (user.email,)))
    if "phone" in scopes and user.phone:
        found.append(("phone", (user.phone,)))
    if "organization" in scopes:
        units = tuple(a.post.organization.code for a in appointments_in_force(user))
        found.append(("organization", units))
    return tuple(found)
