"""From when until when a version of a matter is valid; never two at one moment."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.matters.enums import VersionState
from apps.matters.errors import WrongStanding
from apps.matters.models import MatterType, MatterVersion
from apps.matters.selectors.definitions import in_force_q


def end_predecessor(version: MatterVersion, start: datetime) -> None:
    """Will end the published version that is open at ``start``; the matter type is locked.

    Raises: WrongStanding (another one is scheduled for that moment or later).
    """
    others = version.matter_type.versions.exclude(pk=version.pk)
    valid = others.filter(state=VersionState.PUBLISHED)
    later = valid.filter(effective_from__gte=start, effective_from__gt=clock.now()).first()
    if later is not None:
        raise WrongStanding(
            _("第%(number)s版已定于同时或更晚生效，请先停用它") % {"number": later.number}
        )
    valid.filter(effective_until__isnull=True).update(effective_until=start)


def point_at_version_in_force(matter_type: MatterType, at: datetime) -> bool:
    """Will move ``current_version`` to what is in force at ``at``; tells whether it moved."""
    found = MatterVersion.objects.filter(in_force_q(at), matter_type=matter_type).first()
    if matter_type.current_version_id == (found.pk if found else None):
        return False
    matter_type.current_version = found
    matter_type.save(update_fields=["current_version"])
    return True


@transaction.atomic
def take_force() -> int:
    """Will move the pointer of every matter whose version took or lost force by its date.

    Called by the worker; safe any number of times. Gives how many moved. A matter somebody is
    writing at is left for the next time.
    """
    now = clock.now()
    due = MatterVersion.objects.filter(
        Q(in_force_q(now), state=VersionState.PUBLISHED)
    ).values_list("pk", "matter_type_id")
    wanted = {matter: version for version, matter in due}
    behind = [
        pk
        for pk, current in MatterType.objects.values_list("pk", "current_version_id")
        if wanted.get(pk) != current
    ]
    locked = MatterType.objects.select_for_update(skip_locked=True).filter(pk__in=behind)
    return sum(point_at_version_in_force(matter, now) for matter in locked.order_by("pk"))
