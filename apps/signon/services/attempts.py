"""How a message to another system fares: counted, tried again with growing pauses, given up.

A receiver that fails three times in a row is left alone for half a minute, so that it cannot
hold up everybody else's messages.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet

from apps.common import clock
from apps.common.http import Answer
from apps.signon.enums import DeliveryState
from apps.signon.models import Application, LogoutDelivery, PushedPerson, PushTarget

MAX_ATTEMPTS = 8
QUIET_AFTER, QUIET = 3, timedelta(seconds=30)
_LATER = {408, 425, 429}  # the other 4xx are refusals for good


#: One message, and whoever is told by it.
Message = LogoutDelivery | PushedPerson
Receiver = Application | PushTarget


def left_alone_until(receiver: Receiver) -> datetime | None:
    """Will give the moment before which nothing is to be sent there, if there is one."""
    until = receiver.quiet_until
    return until if until is not None and until > clock.now() else None


def arrived(message: Message, receiver: Receiver, *, status: int) -> None:
    """Will note that the other side took it; writes both rows."""
    message.state, message.sent_at = DeliveryState.SENT, clock.now()
    message.last_status, message.last_error = status, ""
    message.save()
    rows_of(receiver).filter(failures__gt=0).update(failures=0, quiet_until=None)


def failed(message: Message, receiver: Receiver, *, status: int | None, why: str) -> bool:
    """Will note a failed attempt, write both rows, and tell whether another one is due."""
    message.last_status, message.last_error = status, why[:300]
    refused = status is not None and status < 500 and status not in _LATER
    is_over = refused or message.attempts >= MAX_ATTEMPTS
    message.state = DeliveryState.DEAD if is_over else DeliveryState.FAILED
    if not is_over:
        message.next_at = clock.now() + timedelta(seconds=min(2**message.attempts, 600))
    message.save()
    if not refused:  # a refusal is an answer; only what it says is no
        rows = rows_of(receiver)
        rows.update(failures=F("failures") + 1)
        rows.filter(failures__gte=QUIET_AFTER).update(quiet_until=clock.now() + QUIET)
    return not is_over


def said(answer: Answer) -> str:
    """Will give the other side's refusal as a short text."""
    text = answer.body[:200].decode(errors="replace").replace("\x00", "")
    return f"HTTP {answer.status} {text}".strip()


def rows_of(receiver: Receiver) -> QuerySet[Any]:
    """Will give the one row of a receiver, to be written beside others' writing."""
    if isinstance(receiver, PushTarget):
        return PushTarget.objects.filter(pk=receiver.pk)
    return Application.objects.filter(pk=receiver.pk)
