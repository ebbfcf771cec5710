"""What goes out: ordered with the deed that causes it, sent by the worker, once per key."""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.matters.models import Case
from apps.messaging.enums import Direction, MessageKind, MessageState
from apps.messaging.models import Conversation, Message
from apps.messaging.registry import AdapterError, Outgoing, sender_of
from apps.messaging.services.reaching import reach_of
from apps.messaging.services.waking import order_wake

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=2)  # longer than any adapter may take
FIRST_WAIT_S, LONGEST_WAIT_S = 15, 3600
LAST_TEXT = 120


def order(
    conversation: Conversation,
    *,
    kind: MessageKind,
    text: str,
    key: str,
    author: User | None = None,
    case: Case | None = None,
    data: Mapping[str, Any] | None = None,
) -> Message | None:
    """Will order one message, once per key; None where the same was ordered before.

    Within the caller's transaction. Who asked to be sent nothing (``has_stopped``) gets what a
    person answers and nothing a program says.
    """
    if conversation.has_stopped and kind != MessageKind.ANSWER:
        return None
    moment = clock.now()
    newest = _newest_from_outside(conversation)
    message, made = Message.objects.get_or_create(
        conversation=conversation,
        key=key,
        defaults={
            "account_id": conversation.account_id,
            "direction": Direction.OUT,
            "kind": kind,
            "state": MessageState.WAITING,
            "subject": _answer_subject(newest),
            "text": text,
            "answers": (newest.provider_id or "") if newest else "",
            "case": case,
            "author": author,
            "data": dict(data or {}),
            "at": moment,
            "next_at": moment,
        },
    )
    if not made:
        return None
    conversation.last_at = moment
    if kind == MessageKind.ANSWER:  # what a program says tells the queue nothing
        conversation.last_text = text[:LAST_TEXT]
    conversation.save(update_fields=["last_at", "last_text"])
    order_wake(conversation)
    return message


def deliver_due(*, limit: int = 500, seconds: float = 8.0) -> int:
    """Will send what is due and give the number sent; any number of workers may run.

    Each message is claimed (SKIP LOCKED, attempt counted, two minutes of lease) and sent
    outside a transaction: a worker that dies leaves it to the next one, with the same key. A
    failure that may pass waits 15 s, 30 s ... at most an hour; after 8 attempts the message is
    laid aside as dead, a final refusal at once as failed. What an account holds back that only
    reads waits without an attempt. seconds: none is begun after them.
    """
    sent, end = 0, time.monotonic() + seconds
    for _turn in range(limit):
        message = _claim() if time.monotonic() < end else None
        if message is None:
            break
        sent += _send(message)
    return sent


@transaction.atomic
def _claim() -> Message | None:
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("conversation", "account")
        .filter(state=MessageState.WAITING, next_at__lte=clock.now())
        .filter(account__is_active=True, account__is_receive_only=False)
        .order_by("next_at", "id")
        .first()
    )
    if message is not None:
        message.attempts += 1
        message.next_at = clock.now() + LEASE
        message.save(update_fields=["attempts", "next_at"])
    return message


def _send(message: Message) -> int:
    account = message.account
    outgoing = Outgoing(
        to=message.conversation.outsider,
        text=message.text,
        key=f"message-{message.pk}",
        subject=message.subject,
        answers=message.answers,
        data={"kind": message.kind} | message.data,
    )
    try:
        provider_id = sender_of(account.sender)(reach_of(account), outgoing)
    except AdapterError as error:
        _put_off(message, str(error), retryable=error.retryable)
        return 0
    except Exception as error:
        logger.exception("a channel broke its contract", extra={"message_id": message.pk})
        _put_off(message, type(error).__name__, retryable=True)
        return 0
    message.state, message.sent_at, message.error = MessageState.SENT, clock.now(), ""
    message.provider_id = provider_id[:300] or None
    message.save(update_fields=["state", "sent_at", "error", "provider_id"])
    return 1


def _put_off(message: Message, reason: str, *, retryable: bool) -> None:
    message.error = reason[:300]
    if not retryable:
        message.state = MessageState.FAILED
    elif message.attempts >= MAX_ATTEMPTS:
        message.state = MessageState.DEAD
        logger.error("message given up", extra={"message_id": message.pk})
    else:
        wait = min(FIRST_WAIT_S * 2 ** (message.attempts - 1), LONGEST_WAIT_S)
        message.next_at = clock.now() + timedelta(seconds=wait)
    message.save(update_fields=["state", "error", "next_at"])


def _newest_from_outside(conversation: Conversation) -> Message | None:
    found = conversation.messages.filter(direction=Direction.IN, provider_id__isnull=False)
    return found.only("provider_id", "subject").order_by("-id").first()


def _answer_subject(newest: Message | None) -> str:
    """Gives the subject of a letter's answer; other channels have none."""
    if newest is None or not newest.subject:
        return ""
    plain = newest.subject
    while plain[:3].lower() in ("re:", "答复:", "回复:"):
        plain = plain[3:].strip()
    return _("答复：%s") % plain[:190]
