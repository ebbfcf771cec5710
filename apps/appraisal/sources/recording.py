"""Recording of cameras, hour by hour, one row a day. Source: VD-08."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appraisal.enums import FactKind
from apps.appraisal.sources.rows import Source, Told, seconds
from apps.video.models import Camera, RecordingDay


def watches(asset_ids: Sequence[int] | None) -> dict[int, datetime]:
    """Will give the cameras in use, since they were registered."""
    found = Camera.objects.filter(is_active=True)
    if asset_ids is not None:
        found = found.filter(asset_id__in=asset_ids)
    return dict(found.values_list("asset_id", "registered_at"))


def read(asset_ids: Sequence[int], begin: int, end: int) -> Iterable[Told]:
    """Will tell every day of recording in the span."""
    first = timezone.localdate(datetime.fromtimestamp(begin, UTC))
    last = timezone.localdate(datetime.fromtimestamp(end - 1, UTC))
    found = RecordingDay.objects.filter(
        camera__asset_id__in=asset_ids, camera__is_active=True, on__gte=first, on__lte=last
    )
    rows = found.order_by("pk").values_list("pk", "camera__asset_id", "on", "seconds")
    for pk, asset_id, day, heard in rows.iterator():
        start = timezone.make_aware(datetime.combine(day, time.min))
        told = [one for one in heard if one is not None]
        yield Told(
            asset_id,
            FactKind.RECORDING,
            f"recording:{pk}",
            _("录像 %(hours).1f 小时，缺失 %(gaps)d 个小时段")
            % {"hours": sum(told) / 3600, "gaps": sum(one < 3600 for one in told)},
            seconds(start),
            seconds(start + timedelta(days=1)),
            detail={"seconds": heard},
        )


SOURCE = Source("recording", False, watches, read)
