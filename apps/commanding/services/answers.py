"""What devices answer, and what nobody answered in time."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.commanding.enums import UNDER_WAY, CommandState, Outcome
from apps.commanding.models import Command
from apps.commanding.services._shared import change, lock_command
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.sensing.models import Device

_ENDS = {Outcome.DONE: CommandState.ACKNOWLEDGED, Outcome.FAILED: CommandState.FAILED}
#: States in which an answer is news. What has timed out may have been done all the same.
_OPEN = (*UNDER_WAY, CommandState.TIMED_OUT)


@transaction.atomic
def take_answer(device: Device, *, number: int, outcome: Outcome, text: str = "") -> Command:
    """Will note what a device says became of its command; the same answer again changes nothing.

    text: the device's own words, cut to 300 printable characters. Locks the command; audited.

    Raises: NotFound (no such command, or another device's: the two are not told apart); Refused
        (never sent, cancelled, or answered otherwise before).
    """
    command = lock_command(number)
    if command.device_id != device.pk:
        raise NotFound(_("没有这条设备命令"))
    state = _ENDS[outcome]
    if command.state == state:
        return command
    if command.state not in _OPEN:
        raise Refused(
            _("命令已处于“%(state)s”") % {"state": command.get_state_display()},
            code="command_ended",
        )
    words = "".join(c for c in text if c.isprintable())
    if command.state == CommandState.TIMED_OUT:
        words = _("超过时限后答复：%(text)s") % {"text": words or outcome.label}
    now = clock.now()
    change(
        SYSTEM,
        "command.answered",
        command,
        state=state,
        sent_at=command.sent_at or now,
        ended_at=now,
        outcome=words[:300],
    )
    return command


@transaction.atomic
def time_out_due() -> int:
    """Will mark what was not answered in time and give how many; several at once share them."""
    now = clock.now()
    late = list(
        Command.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("kind", "device")
        .filter(state__in=UNDER_WAY, ends_at__lte=now)
        .order_by("pk")[:500]
    )
    for command in late:
        was_sent = command.state == CommandState.SENT
        why = _("已下发，时限内没有答复") if was_sent else _("时限内设备没有来取")
        change(
            SYSTEM,
            "command.timed_out",
            command,
            state=CommandState.TIMED_OUT,
            ended_at=now,
            outcome=why,
        )
    return len(late)
