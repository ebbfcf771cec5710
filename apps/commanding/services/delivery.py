"""Commands handed to devices: when they ask, or over a transport. At least once, until answered.

The row says "sent" only after somebody has it, so a process killed in between sends it again;
the number lets the device drop what it has done.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from apps.audit.services import SYSTEM
from apps.commanding.enums import UNDER_WAY, CommandState
from apps.commanding.models import Command
from apps.commanding.registry import Message, Transport, transports
from apps.commanding.services._shared import change
from apps.common import clock
from apps.sensing.models import Device

logger = logging.getLogger(__name__)

#: In one answer to a device, or one round of the worker.
MOST_AT_ONCE, MOST_A_ROUND = 20, 200
#: An unanswered command goes over a transport again so long after; doubled up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)


@transaction.atomic
def hand_to_device(device: Device) -> list[Message]:
    """Will give a device that asks what it has not answered yet, oldest first, at most twenty.

    Locks those commands; the first time of each is audited. A device out of use gets nothing.
    """
    if not device.is_active:
        return []
    waiting = (
        Command.objects.select_for_update(of=("self",))
        .select_related("kind", "device")
        .filter(device=device, state__in=UNDER_WAY, ends_at__gt=clock.now())
        .order_by("pk")[:MOST_AT_ONCE]
    )
    commands = list(waiting)
    for command in commands:
        _note_sent(command)
    return [_message(command) for command in commands]


def deliver_due() -> int:
    """Will offer the commands that are due to the transports and give how many were taken.

    Each is claimed by moving its next try ahead, then sent outside of any transaction: workers
    at once send it once a pause. A transport that fails harms no other command.
    """
    ways = transports()
    if not ways:
        return 0
    taken = 0
    for number in _due():
        message = _claim(number)
        if message is not None and any(_try(way, message) for way in ways):
            _mark_sent(number)
            taken += 1
    return taken


def _due() -> list[int]:
    now = clock.now()
    found = Command.objects.filter(
        state__in=UNDER_WAY, next_try_at__lte=now, ends_at__gt=now, device__is_active=True
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:MOST_A_ROUND])


@transaction.atomic
def _claim(number: int) -> Message | None:
    now = clock.now()
    command = (
        Command.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("kind", "device")
        .filter(pk=number, state__in=UNDER_WAY, next_try_at__lte=now, ends_at__gt=now)
        .first()
    )
    if command is None:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(command.tries, 10), LONGEST_PAUSE)
    Command.objects.filter(pk=number).update(next_try_at=now + pause)
    return _message(command)


def _try(way: Transport, message: Message) -> bool:
    try:
        return bool(way(message))
    except Exception:  # another's defect must not stop the other commands
        logger.exception("a transport of commands failed")
        return False


@transaction.atomic
def _mark_sent(number: int) -> None:
    """The answer may have come before this; what has ended stays as it is."""
    found = Command.objects.select_for_update(of=("self",)).select_related("kind", "device")
    command = found.filter(pk=number, state__in=UNDER_WAY).first()
    if command is not None:
        _note_sent(command)


def _note_sent(command: Command) -> None:
    if command.state == CommandState.QUEUED:
        change(
            SYSTEM, "command.sent", command, state=CommandState.SENT, sent_at=clock.now(), tries=1
        )
    else:
        Command.objects.filter(pk=command.pk).update(tries=F("tries") + 1)


def _message(command: Command) -> Message:
    assert command.ends_at is not None  # a constraint: what is under way ends
    return Message(
        number=command.pk,
        node=command.device.node,
        code=command.kind.code,
        parameters=command.parameters,
        ends_at=command.ends_at,
    )
