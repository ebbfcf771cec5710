"""The only writers of commands: given, agreed to, handed over, answered, out of time."""

from apps.commanding.services.answers import take_answer, time_out_due
from apps.commanding.services.delivery import deliver_due, hand_to_device
from apps.commanding.services.kinds import KindSpec, save_kind
from apps.commanding.services.sending import (
    ACT,
    cancel_command,
    note_export,
    release_command,
    send_command,
    void_command,
)

__all__ = [
    "ACT",
    "KindSpec",
    "cancel_command",
    "deliver_due",
    "hand_to_device",
    "note_export",
    "release_command",
    "save_kind",
    "send_command",
    "take_answer",
    "time_out_due",
    "void_command",
]
