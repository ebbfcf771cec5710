"""Looks at pictures of cameras, one row a day. Source: VD-06."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appraisal.enums import FactKind
from apps.appraisal.sources.rows import Source, Told, seconds
from apps.diagnosis.enums import Stage, Verdict
from apps.diagnosis.models import Result

#: A suspect is judged by its second look; a look that proves a repair is no round.
_JUDGED = {Verdict.GOOD.value: True, Verdict.FAULTY.value: False}
_ROUNDS = (Stage.FIRST, Stage.RECHECK)


def watches(asset_ids: Sequence[int] | None) -> dict[int, datetime]:
    """Will give nothing: every camera is named by its register already."""
    return {}


def read(asset_ids: Sequence[int], begin: int, end: int) -> Iterable[Told]:
    """Will tell the looks of the span, those of one camera and day together."""
    since, until = datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)
    found = Result.objects.filter(
        camera__asset_id__in=asset_ids, stage__in=_ROUNDS, taken_at__gte=since, taken_at__lt=until
    )
    rows = found.order_by("camera_id", "taken_at", "pk").values_list(
        "camera_id", "camera__asset_id", "taken_at", "verdict"
    )
    days = groupby(rows.iterator(), lambda row: (row[0], row[1], timezone.localdate(row[2])))
    for (camera_id, asset_id, day), of in days:
        looks = [[seconds(at), _JUDGED.get(verdict)] for _c, _a, at, verdict in of]
        start = timezone.make_aware(datetime.combine(day, time.min))
        yield Told(
            asset_id,
            FactKind.LOOK,
            f"look:{camera_id}:{day:%Y%m%d}",
            _("诊断 %(n)d 次，异常 %(bad)d 次")
            % {"n": len(looks), "bad": sum(good is False for _at, good in looks)},
            seconds(start),
            seconds(start + timedelta(days=1)),
            detail={"looks": looks},
        )


SOURCE = Source("looks", False, watches, read)
