"""Devices nobody can hear because what stands between is silent."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.sensing.enums import DeviceState
from apps.sensing.models import Presence, StateChange


@transaction.atomic
def lose_sight_of(device_ids: Sequence[int], *, now: datetime) -> int:
    """Will make devices unknown, whatever they were, and give how many; into their history.

    They are heard again with their next reading. Locks their presences in order.
    """
    found = Presence.objects.select_for_update().filter(device_id__in=device_ids)
    standing = list(found.exclude(state=DeviceState.UNKNOWN).order_by("device_id"))
    StateChange.objects.bulk_create(
        StateChange(device_id=one.device_id, before=one.state, after=DeviceState.UNKNOWN, at=now)
        for one in standing
    )
    keys = [one.device_id for one in standing]
    return Presence.objects.filter(device_id__in=keys).update(state=DeviceState.UNKNOWN, since=now)
