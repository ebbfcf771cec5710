"""People who tell devices of the eastern district what to do, and the devices."""

from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.audit.services import SYSTEM
from apps.commanding.models import Command, CommandKind
from apps.commanding.services import send_command
from apps.sensing.models import Device
from apps.sensing.services import rotate_key
from tests.cast import SINCE
from tests.sensing.factories import device

RIGHTS = {
    "operator": ["view_devices", "send_commands", "send_grave_commands"],
    "switcher": ["view_devices", "send_commands"],
    "approver": ["view_devices", "approve_commands"],
    "reader": ["view_devices"],
    "kind_keeper": ["view_devices", "keep_command_kinds"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    user = User.objects.create_user(
        username=name, full_name=f"测{name}", password="x", tenant=unit.tenant
    )
    held, created = Role.objects.get_or_create(code=f"cmd-{role}", defaults={"name": role})
    if created:
        held.permissions.set(
            Permission.objects.filter(
                codename__in=RIGHTS[role], content_type__app_label__in=["sensing", "commanding"]
            )
        )
    post, _created = Post.objects.get_or_create(organization=unit, name=f"命令{role}")
    post.roles.add(held)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


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
