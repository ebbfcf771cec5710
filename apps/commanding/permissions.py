"""Who gives commands to which devices, who agrees, who says what commands there are.

Whoever sees a device sees what it was told.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import holds_in
from apps.audit.services import SYSTEM
from apps.commanding.models import CommandKind
from apps.common.errors import NotAllowed
from apps.sensing.models import Device

SEND = "commanding.send_commands"
GRAVE = "commanding.send_grave_commands"
APPROVE = "commanding.approve_commands"
KEEP = "commanding.keep_command_kinds"
CALL = "commanding.send"  # the scope of API clients


def can_send(actor: User, device: Device, kind: CommandKind) -> bool:
    """Will tell whether the actor gives this kind of command to a device that stands there."""
    return holds_in(actor, f"commanding.{kind.right}", device.asset.area)


def require_send(actor: User, device: Device, kind: CommandKind) -> None:
    """Raises: NotAllowed (no right for this kind, or the device stands elsewhere)."""
    if not can_send(actor, device, kind):
        raise NotAllowed(_("您没有向该设备下达“%(name)s”命令的权限") % {"name": kind.name})


def can_keep_kinds(actor: Any) -> bool:
    """Will tell whether the actor says what commands there are."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep_kinds(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep_kinds(actor):
        raise NotAllowed(_("您没有维护设备命令种类的权限"))
