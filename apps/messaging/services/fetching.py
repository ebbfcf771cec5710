"""Pictures and voice the platform holds: fetched by the worker, judged, kept with the message.

The callback is answered at once and names them only (the platform waits five seconds); it keeps
them three days. Source: HL-06.
"""

import logging
import time
from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from apps.common import clock
from apps.matters.services import NewFile, add_files
from apps.messaging.enums import MediaState, Refused
from apps.messaging.models import Conversation, Message, MessageFile, MessageMedia
from apps.messaging.registry import AdapterError, fetcher_of
from apps.messaging.services.reaching import reach_of
from apps.messaging.services.receiving import keep_files, tell_refused

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=2)  # longer than any adapter may take
FIRST_WAIT_S, LONGEST_WAIT_S = 15, 3600


def fetch_media(*, limit: int = 200, seconds: float = 20.0) -> int:
    """Will fetch what platforms hold for us and give how many came; any number of workers.

    Each is claimed (SKIP LOCKED, attempt counted, two minutes of lease) and fetched outside a
    transaction; a failure that may pass is tried again, at most an hour later, eight times.
    What is refused is told the citizen by name. seconds: none is begun after them.
    """
    kept, end = 0, time.monotonic() + seconds
    for _turn in range(limit):
        media = _claim() if time.monotonic() < end else None
        if media is None:
            break
        kept += _fetch(media)
    return kept


@transaction.atomic
def _claim() -> MessageMedia | None:
    media = (
        MessageMedia.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("message__account")
        .filter(state=MediaState.WAITING, next_at__lte=clock.now())
        .order_by("next_at", "id")
        .first()
    )
    if media is not None:
        media.attempts += 1
        media.next_at = clock.now() + LEASE
        media.save(update_fields=["attempts", "next_at"])
    return media


def _fetch(media: MessageMedia) -> int:
    account = media.message.account
    fetcher = fetcher_of(account.sender)
    if fetcher is None:  # a simulated account: there is no platform that holds it
        return _settle(media, [], Refused.GONE)
    try:
        fetched = fetcher(reach_of(account), media.media_id)
    except AdapterError as error:
        return _put_off(media, str(error), retryable=error.retryable)
    except Exception as error:
        logger.exception("a channel broke its contract", extra={"media_id": media.pk})
        return _put_off(media, type(error).__name__, retryable=True)
    kept, refused = keep_files((replace(fetched, name=media.name),))
    return _settle(media, kept, Refused(refused[0]["reason"]) if refused else None)


def _put_off(media: MessageMedia, reason: str, *, retryable: bool) -> int:
    if not retryable or media.attempts >= MAX_ATTEMPTS:
        logger.error("media given up", extra={"media_id": media.pk})
        return _settle(media, [], Refused.GONE, error=reason)
    wait = min(FIRST_WAIT_S * 2 ** (media.attempts - 1), LONGEST_WAIT_S)
    media.error, media.next_at = reason[:300], clock.now() + timedelta(seconds=wait)
    media.save(update_fields=["error", "next_at"])
    return 0


@transaction.atomic
def _settle(
    media: MessageMedia, kept: list[MessageFile], reason: Refused | None, *, error: str = ""
) -> int:
    """Keeps the file with the message, and with its case if it is of one by now; or says why not.

    Locks conversation and media, so that two workers after a lease keep it once.
    """
    conversation = Conversation.objects.select_for_update(of=("self",)).get(
        pk=media.message.conversation_id
    )
    media = MessageMedia.objects.select_for_update(of=("self",)).get(pk=media.pk)
    if media.state != MediaState.WAITING:
        return 0
    message = Message.objects.select_related("account").get(pk=media.message_id)
    media.state = MediaState.REFUSED if reason else MediaState.KEPT
    media.reason, media.error = reason or "", error[:300]
    media.save(update_fields=["state", "reason", "error"])
    if reason:
        refused = [{"name": media.name, "reason": str(reason)}]
        message.refused = [*message.refused, *refused]
        message.save(update_fields=["refused"])
        tell_refused(conversation, message, refused, late=f":media:{media.pk}")
        return 0
    for file in kept:
        file.message = message
    MessageFile.objects.bulk_create(kept)
    if message.case_id is not None:
        files = [NewFile(file.file, file.name) for file in kept]
        add_files(case_id=message.case_id, files=files, key=f"media:{media.pk}")
    return len(kept)
