"""Keeping a request while its sender confirms who they are, and giving it back once.

The only writer of ``StepUpTicket``. Called by ``StepUpMiddleware`` and the confirmation page.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from apps.accounts.assurance.acts import Act
from apps.accounts.assurance.models import StepUpTicket
from apps.accounts.models import User
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import Refused
from apps.common.sealing import Box

LIFE = timedelta(minutes=10)
MOST_BYTES = 200_000  # of what was sent; more is not kept, the person presses again
BOX = Box("citybrain.accounts.step-up-ticket")
PARAMETER = "resume"  # in the address that takes the kept request up again


@dataclass(frozen=True)
class Kept:
    """A request as it was sent. query, body: form-encoded."""

    method: str
    query: str
    body: str


def open_ticket(request: HttpRequest, user: User, *, act: Act) -> str:
    """Will keep the request and give the token that takes it up again.

    A request with files, too long, or for a part of a page is not repeated: the ticket then
    leads back to the page it was sent from.
    """
    moment = clock.now()
    StepUpTicket.objects.filter(expires_at__lt=moment).delete()
    kept = Kept(request.method or "GET", request.GET.urlencode(), request.POST.urlencode())
    sealed = _seal(kept)
    part = bool(getattr(request, "htmx", False))
    token = secrets.token_urlsafe(32)
    StepUpTicket.objects.create(
        token_digest=_digest(token),
        user=user,
        session_digest=_session(request),
        act=act.code,
        path=request.path[:500],
        sealed=sealed,
        replays=not (part or request.FILES or len(sealed) > MOST_BYTES),
        had_files=bool(request.FILES),
        return_to=_page_of(request),
        expires_at=moment + LIFE,
    )
    return token


def find_ticket(request: HttpRequest, user: User, *, token: str) -> StepUpTicket:
    """Will give a ticket that still waits, to the person and the session it belongs to.

    Raises: Refused (``ticket_gone``: unknown, somebody else's, another session's, too old;
        ``ticket_used``: taken up before).
    """
    ticket = StepUpTicket.objects.filter(
        token_digest=_digest(token), user=user, session_digest=_session(request)
    ).first()
    if ticket is None or ticket.expires_at <= clock.now():
        raise Refused(
            _("待确认的操作已失效或不属于本次登录，没有执行，请重新操作。"), code="ticket_gone"
        )
    if ticket.used_at is not None:
        raise Refused(_("这个操作确认后已经执行过一次，不会再次执行。"), code="ticket_used")
    return ticket


@transaction.atomic
def take_up(request: HttpRequest, user: User, *, token: str) -> Kept:
    """Will give the kept request back, once. Locks the ticket.

    Raises: Refused (as ``find_ticket``; ``ticket_changed``: another page's, or tampered with).
    """
    StepUpTicket.objects.select_for_update().filter(token_digest=_digest(token)).first()
    ticket = find_ticket(request, user, token=token)
    changed = Refused(_("待确认的操作与原先提交的不一致，没有执行。"), code="ticket_changed")
    if ticket.path != request.path or not ticket.replays:
        raise changed
    try:
        kept = Kept(**json.loads(BOX.unseal(ticket.sealed) or ""))
    except (ValueError, TypeError) as error:
        raise changed from error
    ticket.used_at, ticket.sealed = clock.now(), ""
    ticket.save(update_fields=["used_at", "sealed"])
    record(
        user,
        "step_up.resumed",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data={"act": ticket.act, "path": ticket.path},
    )
    return kept


def address_of(ticket: StepUpTicket, token: str) -> str:
    """Will give where to go once confirmed: the kept request, or the page it came from."""
    if not ticket.replays:
        return ticket.return_to
    query = QueryDict(mutable=True)
    query[PARAMETER] = token
    return f"{ticket.path}?{query.urlencode()}"


def restore(request: HttpRequest, kept: Kept) -> None:
    """Will make the request what it was when it was kept."""
    request.method = request.META["REQUEST_METHOD"] = kept.method
    request.META["QUERY_STRING"] = kept.query
    request.GET = QueryDict(kept.query)
    request.POST = QueryDict(kept.body)


def _page_of(request: HttpRequest) -> str:
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page[:2000] if ours else "/"


def _session(request: HttpRequest) -> str:
    return _digest(request.session.session_key or "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(kept: Kept) -> str:
    return BOX.seal(json.dumps(vars(kept)))
