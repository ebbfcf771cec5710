"""People who tell devices of the eastern district what to do, and the devices."""

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.commanding.models import Command, CommandKind
from apps.commanding.services import send_command
from apps.sensing.models import Device
from apps.sensing.services import rotate_key
from tests.people import appointed
from tests.sensing.factories import device

RIGHTS = {
    "operator": [
        "sensing.view_devices",
        "commanding.send_commands",
        "commanding.send_grave_commands",
    ],
    "switcher": ["sensing.view_devices", "commanding.send_commands"],
    "approver": ["sensing.view_devices", "commanding.approve_commands"],
    "reader": ["sensing.view_devices"],
    "kind_keeper": ["sensing.view_devices", "commanding.keep_command_kinds"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = RIGHTS[role]
    return appointed(name, unit, role=f"cmd-{role}", rights=rights)


def lamp(unit: Organization, node: str = "LAMP-1") -> Device:
    """Will give a lamp of the unit; its kinds need nobody else."""
    return device(node, profile="street_lamp", owner_unit=unit)


def pump(unit: Organization, node: str = "TUN-1") -> Device:
    """Will give a tunnel's device of the unit; its kinds need a second person."""
    return device(node, profile="tunnel", owner_unit=unit)


def switched(sender: User, to: Device, **changes: object) -> Command:
    """Will give a command "light on"."""
    said = {"code": "switch", "parameters": {"state": "on"}, "reason": "夜间巡查照明"}
    return send_command(sender, device_id=to.pk, **(said | changes))  # type: ignore[arg-type]


def started(sender: User, to: Device) -> Command:
    """Will give a command "pump on", which waits for somebody else."""
    said = {"state": "start"}
    return send_command(
        sender, device_id=to.pk, code="pump", parameters=said, reason="积水超过警戒线"
    )


def key_of(device: Device) -> str:
    """Will give the header a device proves itself with."""
    return "Device-Key " + rotate_key(SYSTEM, device_id=device.pk)


def kind(code: str = "switch") -> CommandKind:
    """Will give a shipped kind."""
    return CommandKind.objects.get(code=code, profile__code="street_lamp")
