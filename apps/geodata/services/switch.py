"""The administrator's switch for turning shifted coordinates back.

Turning GCJ-02 back may be restricted by surveying law, so it is off unless somebody who
answers for it has switched it on and said on what ground. Source: GE-03.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.geodata import permissions
from apps.geodata.models import UnshiftSwitch

SHORTEST_BASIS = 4


def is_unshift_allowed() -> bool:
    """Will tell whether GCJ-02 and BD-09 may be turned back now."""
    return UnshiftSwitch.objects.filter(pk=1, is_allowed=True).exists()


@transaction.atomic
def switch_unshift(actor: Actor, *, is_allowed: bool, basis: str) -> UnshiftSwitch:
    """Will allow or forbid turning shifted coordinates back; audited with its ground.

    basis: on what ground, 4-300 characters. Locks the switch.
    Raises: NotAllowed; InvalidInput (no ground given).
    """
    permissions.require_unshift(actor)
    ground = basis.strip()
    if not SHORTEST_BASIS <= len(ground) <= 300:
        raise InvalidInput(_("请填写依据，4至300字"), field="basis")
    now = clock.now()
    UnshiftSwitch.objects.get_or_create(
        pk=1, defaults={"changed_by_name": actor.display_name, "changed_at": now}
    )
    switch = UnshiftSwitch.objects.select_for_update().get(pk=1)
    switch.is_allowed, switch.basis = is_allowed, ground
    switch.changed_by_name, switch.changed_at = actor.display_name, now
    switch.save()
    audit.record(
        actor,
        "unshift.allowed" if is_allowed else "unshift.forbidden",
        object_type="geodata.unshift_switch",
        object_id=1,
        object_label=str(_("偏移坐标还原")),
        data={"basis": ground},
    )
    return switch
