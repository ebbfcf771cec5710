"""What became of the cases passed on: asked for by time, taken in as results. HL-15, GW-08."""

import logging
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import DomainError
from apps.common.http import CallFailed
from apps.gateway.enums import ConnectorState
from apps.georeport.models import Forwarding, Peer
from apps.georeport.services.forwarding import ask, read_xml, text_of
from apps.georeport.services.updating import Update, take_update

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
#: Clocks differ and updates are written late; what comes twice is known by its id.
OVERLAP = timedelta(minutes=30)
LONGEST_SPAN = timedelta(days=30)  # in one question
TOKENS_AT_ONCE = 20


def ask_peers() -> int:
    """Will ask every server that is due for updates and give how many were taken in.

    Any number of workers may run at once: a server is claimed by pushing ``next_ask_at`` ahead.
    """
    moment, taken = clock.now(), 0
    due = Peer.objects.filter(next_ask_at__lte=moment, connector__state=ConnectorState.ACTIVE)
    for peer_id in list(due.values_list("pk", flat=True)):
        claimed = Peer.objects.filter(pk=peer_id, next_ask_at__lte=moment)
        if claimed.update(next_ask_at=moment + EVERY):
            peer = Peer.objects.select_related("connector__inbound_client").get(pk=peer_id)
            taken += _ask(peer, moment)
    return taken


def _ask(peer: Peer, moment: datetime) -> int:
    """One server; never raises. ``asked_until`` moves only when everything was read."""
    if not Forwarding.objects.filter(peer=peer).exists():
        Peer.objects.filter(pk=peer.pk).update(asked_until=moment)
        return 0
    until = min(moment, peer.asked_until + LONGEST_SPAN)
    try:
        _ask_for_numbers(peer)
        taken = _ask_for_updates(peer, until)
    except (CallFailed, DomainError) as error:
        _failed(peer, str(error))
        return 0
    if taken is None:
        return 0
    Peer.objects.filter(pk=peer.pk).update(asked_until=until, last_error="")
    return taken


def _ask_for_numbers(peer: Peer) -> None:
    """Tokens become numbers."""
    waiting = Forwarding.objects.filter(peer=peer, outside_id="").exclude(outside_token="")
    for forwarding in waiting.order_by("pk")[:TOKENS_AT_ONCE]:
        token = forwarding.outside_token
        if not token.replace("-", "").replace("_", "").isalnum():
            continue  # it would be another address
        answer = ask(peer, f"tokens/{token}.xml")
        document = read_xml(answer.body) if answer.status == 200 else None
        request = document.find("request") if document is not None else None
        number = text_of(request, "service_request_id", 120) if request is not None else ""
        if number:
            Forwarding.objects.filter(pk=forwarding.pk).update(outside_id=number)


def _ask_for_updates(peer: Peer, until: datetime) -> int | None:
    answer = ask(
        peer,
        "servicerequestupdates.xml",
        start_date=(peer.asked_until - OVERLAP).isoformat(),
        end_date=until.isoformat(),
    )
    document = read_xml(answer.body) if answer.status == 200 else None
    if document is None:
        _failed(peer, _("取进展失败：HTTP %d，或不是 XML") % answer.status)
        return None
    found = document.findall("request_update")
    ids = {text_of(each, "service_request_id", 120) for each in found} - {""}
    ours = {
        each.outside_id: each
        for each in Forwarding.objects.filter(peer=peer, outside_id__in=ids).select_related("case")
    }
    return sum(
        _take(peer, ours[outside_id], each)
        for each in found
        if (outside_id := text_of(each, "service_request_id", 120)) in ours
    )


def _take(peer: Peer, forwarding: Forwarding, said: Element) -> int:
    client = peer.connector.inbound_client
    update_id = text_of(said, "update_id", 100)
    if client is None or not update_id:
        return 0
    at = _moment(text_of(said, "updated_datetime", 40))
    update = Update(
        update_id=f"{peer.pk}:{update_id}"[:100],
        status=text_of(said, "status", 40).upper(),
        text=text_of(said, "description"),
        at=at,
        number=forwarding.case.number,
        outside_id=forwarding.outside_id,
    )
    try:
        take_update(client, update)
    except DomainError as refusal:  # it stays in the inbox of results with the reason
        logger.warning("update of a peer not taken", extra={"peer": peer.pk, "why": refusal.code})
        return 0
    newer = Forwarding.objects.filter(pk=forwarding.pk)
    if at is not None:
        newer = newer.filter(told_at__isnull=True) | newer.filter(told_at__lte=at)
    newer.update(status=update.status, told_at=at or F("told_at"))
    return 1


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and is_aware(found) else None


def _failed(peer: Peer, reason: str) -> None:
    logger.warning("a peer could not be asked", extra={"peer": peer.pk})
    Peer.objects.filter(pk=peer.pk).update(last_error=reason[:300])
