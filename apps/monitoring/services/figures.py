"""Figures kept and held against their limits. Source: OP-20."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from apps.common import clock
from apps.monitoring.enums import Breach
from apps.monitoring.models import Check, Measure, Sample, Target
from apps.monitoring.services import alarming

SAMPLES_DAYS = 7
HOURS_DAYS = 400
_DELETED_AT_ONCE = 20_000
_ROLL_UP = """
insert into monitoring_hourfigure (measure_id, hour, count, low, high, mean)
select measure_id, date_trunc('hour', at), count(*), min(value), max(value), avg(value)
from monitoring_sample where at >= date_trunc('hour', %s::timestamptz) and at < %s
group by 1, 2
on conflict (measure_id, hour) do update
set count = excluded.count, low = excluded.low, high = excluded.high, mean = excluded.mean
"""


def note_figures(
    target: Target, check: Check, values: Mapping[str, float], *, at: datetime, is_back: bool
) -> None:
    """Will keep what was measured and follow the limits; the target is locked.

    is_back: the check had failed before, so its alarms were unknown and are heard of again.
    """
    samples = []
    for measure in check.measures.select_for_update().order_by("pk"):
        raw = values.get(measure.code)
        if raw is None:
            continue
        measure.value, measure.measured_at = raw * measure.scale, at
        samples.append(Sample(measure=measure, at=at, value=measure.value))
        before = measure.breach
        _judge(measure, at)
        measure.save(update_fields=["value", "measured_at", "breach", "pending", "pending_since"])
        if measure.breach != before or (is_back and measure.breach):
            alarming.follow_limit(target, check, measure, before=before, at=at)
    Sample.objects.bulk_create(samples)


def beyond(measure: Measure, value: float) -> Breach:
    """Will tell which limit a value is beyond, however long."""
    for breach, limit in ((Breach.CRITICAL, measure.critical), (Breach.WARN, measure.warn)):
        if limit is not None and (value < limit if measure.is_below else value > limit):
            return breach
    return Breach.NONE


def _judge(measure: Measure, at: datetime) -> None:
    """A graver state must last; an easier one counts at once."""
    assert measure.value is not None  # just measured
    now = beyond(measure, measure.value)
    if now <= measure.breach:
        measure.breach, measure.pending, measure.pending_since = now, Breach.NONE, None
        return
    if measure.pending_since is None:
        measure.pending_since = at
    measure.pending = now
    if at - measure.pending_since >= timedelta(seconds=measure.lasting_s):
        measure.breach, measure.pending, measure.pending_since = now, Breach.NONE, None


def roll_up() -> int:
    """Will write the figures of this and the last hour anew; safe to run twice."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_ROLL_UP, [now - timedelta(hours=1), now])
        return int(cursor.rowcount)


def purge() -> int:
    """Will forget samples after a week and hours after 400 days, some at a time."""
    now = clock.now()
    old = Sample.objects.filter(at__lt=now - timedelta(days=SAMPLES_DAYS)).order_by("pk")
    gone = 0
    while ids := list(old.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        gone += Sample.objects.filter(pk__in=ids).delete()[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from monitoring_hourfigure where hour < %s", [now - timedelta(days=HOURS_DAYS)]
        )
        return gone + int(cursor.rowcount)
