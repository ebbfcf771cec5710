"""Readings found suspect after they were stored: by what others said at the same time.

The value stays; only its quality and the reason change, and the figures it went into are made
anew. Source: IO-05, decision 0063.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from apps.common import clock
from apps.sensing.enums import Flaw, Quality
from apps.sensing.services.flushing import BUCKET

_DOUBT = f"""
with given as (
    select * from unnest(%(series)s::bigint[], %(moments)s::timestamptz[]) as t (series_id, at)
), doubted as (
    update sensing_reading r set quality = {Quality.SUSPECT}, flaw = %(flaw)s
    from given g
    where r.series_id = g.series_id and r.at = g.at and r.flaw = {Flaw.NONE}
        and r.quality in ({Quality.VALID}, {Quality.LATE})
        and r.at >= %(since)s and r.at <= %(until)s
    returning r.series_id, r.at
), newest as (
    update sensing_latest l set quality = {Quality.SUSPECT}, flaw = %(flaw)s
    from doubted d where l.series_id = d.series_id and l.at = d.at
), due as (
    insert into sensing_rollupdue (hour, bucket, minute)
    select distinct date_trunc('hour', at, 'UTC'), series_id / {BUCKET},
        date_trunc('minute', %(now)s::timestamptz)
    from doubted
    on conflict do nothing
)
select count(*) from doubted
"""  # noqa: S608  our own words


@transaction.atomic
def doubt_readings(found: Sequence[tuple[int, datetime]], *, flaw: Flaw) -> int:
    """Will mark readings as suspect for this reason and give how many were not so before.

    found: series and moment of each. What is suspect for another reason, or a gap, stays so.
    """
    if not found:
        return 0
    ordered = sorted(set(found))
    moments = [at for _series, at in ordered]
    with connection.cursor() as cursor:
        cursor.execute(
            _DOUBT,
            {
                "series": [series for series, _at in ordered],
                "moments": moments,
                "since": min(moments),
                "until": max(moments),
                "flaw": int(flaw),
                "now": clock.now(),
            },
        )
        return int(cursor.fetchone()[0])
