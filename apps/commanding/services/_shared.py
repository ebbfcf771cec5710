"""What every deed about a command does: lock it, change it, write it down."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.commanding.models import Command
from apps.common.errors import NotFound


def lock_command(number: int) -> Command:
    """Will lock a command. Raises: NotFound."""
    found = Command.objects.select_for_update(of=("self",)).select_related(
        "device__asset__area", "kind", "sender"
    )
    command = found.filter(pk=number).first()
    if command is None:
        raise NotFound(_("没有这条设备命令"))
    return command


def change(actor: Actor, action: str, command: Command, **values: Any) -> None:
    """Will write values into a locked command and the change into the log."""
    before = audit.snapshot(command, "state", "outcome")
    for name, value in values.items():
        setattr(command, name, value)
    command.save(update_fields=list(values))
    note(actor, action, command, **audit.changes(before, audit.snapshot(command, *before)))


def note(actor: Actor, action: str, command: Command, **data: Any) -> None:
    """Will write a deed about a command into the log."""
    audit.record(
        actor,
        action,
        object_type="device_command",
        object_id=command.pk,
        object_label=f"{command.kind.name} → {command.device.node}",
        data={"node": command.device.node, "code": command.kind.code, **data},
    )
