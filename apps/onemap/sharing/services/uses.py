"""Writing down how often opened layers were read. Source: GE-06."""

from datetime import timedelta

from django.core.cache import cache
from django.db import transaction

from apps.common import clock
from apps.onemap.models import LayerGrant, LayerUse
from apps.onemap.sharing.uses import key_of


@transaction.atomic
def write_uses() -> int:
    """Will write the counters of today and yesterday and give how many; twice changes nothing."""
    today = clock.today()
    days = (today - timedelta(days=1), today)
    grants = LayerGrant.objects.filter(until__gte=days[0]).values_list("pk", flat=True)
    keys = {key_of(pk, day): (pk, day) for pk in grants for day in days}
    found = cache.get_many(list(keys)) if keys else {}
    for key, count in found.items():
        grant_id, day = keys[key]
        LayerUse.objects.update_or_create(grant_id=grant_id, on=day, defaults={"count": int(count)})
    return len(found)
