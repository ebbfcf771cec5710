"""Figures of hours and days, made by statement when an hour is over, and anew for late data."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.common import clock
from apps.sensing import partitions
from apps.sensing.models import HourFigure, IntakeRefusal, StateChange
from apps.sensing.services.flushing import BUCKET, WHOLE

#: A flush takes less; a mark this old belongs to what is committed.
SETTLED = timedelta(minutes=2)
AHEAD_DAYS = 3
_ALONE = "select pg_try_advisory_xact_lock(hashtext('sensing.rollups'))"
_CLAIM = """
with claimed as (
    delete from sensing_rollupdue where hour = (
        select min(hour) from sensing_rollupdue where minute <= %s
    ) and minute <= %s
    returning hour, bucket
)
select hour, array_agg(distinct bucket) from claimed group by hour
"""
_HOUR = """
insert into sensing_hourfigure
    (series_id, hour, count, suspects, low, high, total, counted)
select series_id, %(hour)s, count(*) filter (where quality <> 2),
    count(*) filter (where quality = 1),
    min(value) filter (where quality in (0, 3)), max(value) filter (where quality in (0, 3)),
    sum(value) filter (where quality in (0, 3)), count(value) filter (where quality in (0, 3))
from sensing_reading
where at >= %(hour)s and at < %(hour)s + interval '1 hour'
    and series_id >= %(first)s and series_id < %(last)s
group by series_id
on conflict (series_id, hour) do update set
    count = excluded.count, suspects = excluded.suspects, low = excluded.low,
    high = excluded.high, total = excluded.total, counted = excluded.counted
"""
_DAY = """
insert into sensing_dayfigure
    (series_id, day, count, suspects, low, high, total, counted)
select series_id, %(day)s, sum(count), sum(suspects), min(low), max(high), sum(total),
    sum(counted)
from sensing_hourfigure
where hour >= %(since)s and hour < %(until)s
    and series_id >= %(first)s and series_id < %(last)s
group by series_id
on conflict (series_id, day) do update set
    count = excluded.count, suspects = excluded.suspects, low = excluded.low,
    high = excluded.high, total = excluded.total, counted = excluded.counted
"""
_BEYOND = 2**62


def roll_up(*, most_hours: int = 48) -> int:
    """Will compute the hours that are due, oldest first, and give how many.

    One hour with its day is one transaction; two at once: the second gives 0.
    """
    done = 0
    while done < most_hours and _roll_oldest(clock.now() - SETTLED):
        done += 1
    return done


@transaction.atomic
def _roll_oldest(until: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_CLAIM, [until, until])
        found = cursor.fetchone()
        if found is None:
            return False
        hour, buckets = found
        day = timezone.localtime(hour).date()
        for first, last in _spans(buckets):
            cursor.execute(_HOUR, {"hour": hour, "first": first, "last": last})
            cursor.execute(
                _DAY,
                {
                    "day": day,
                    "since": partitions.begin_of(day),
                    "until": partitions.begin_of(day + timedelta(days=1)),
                    "first": first,
                    "last": last,
                },
            )
    return True


def _spans(buckets: Iterable[int]) -> list[tuple[int, int]]:
    if WHOLE in buckets:
        return [(0, _BEYOND)]
    return [(bucket * BUCKET, (bucket + 1) * BUCKET) for bucket in sorted(buckets)]


def keep_parts() -> list[str]:
    """Will make the parts of the next days and drop those too old; gives what was dropped."""
    today = clock.today()
    partitions.ensure(today + timedelta(days=n) for n in range(AHEAD_DAYS + 1))
    return partitions.drop_before(today - timedelta(days=settings.READING_KEEP_DAYS))


def purge() -> int:
    """Will delete hour figures, refusals and state changes that are too old."""
    today: date = clock.today()
    long_ago = partitions.begin_of(today - timedelta(days=settings.READING_FIGURE_DAYS))
    return sum(
        found.delete()[0]
        for found in (
            HourFigure.objects.filter(hour__lt=long_ago),
            IntakeRefusal.objects.filter(day__lt=today - timedelta(days=180)),
            StateChange.objects.filter(at__lt=long_ago),
        )
    )
