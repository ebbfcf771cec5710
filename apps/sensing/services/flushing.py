"""Values into the tables, a batch in one set of statements.

What is stored when the transaction commits is stored for good: the tables are logged ones and
nothing waits in between, so an answer sent after the commit is kept even if every process dies.
Source: docs/decisions/0055.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.common import journeys
from apps.sensing import partitions
from apps.sensing.enums import DeviceState
from apps.sensing.sent import Value

#: Series whose late hours are computed together.
BUCKET = 4096
#: An hour is computed so long after its end; what comes after that marks it anew.
CLOSING = timedelta(minutes=3)
WHOLE = -1  # the bucket that stands for every series

# Steps and stuck values need what was before: in the batch, else the latest one stored. A step
# away from a value that was suspect itself says nothing.
_STORE = """
with given as (
    select * from unnest(
        %s::int[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::text[],
        %s::smallint[], %s::smallint[], %s::float8[], %s::int[], %s::int[]
    ) as t (n, series_id, at, value, label, quality, flaw, step, span_s, stuck_s)
), beside as (
    select g.*,
        coalesce(
            lag(case when g.flaw = 0 then g.value end) over w, case when l.flaw = 0 then l.value end
        ) as before,
        coalesce(lag(g.at) over w, l.at) as before_at,
        l.value as latest,
        least(min(g.value) over w, l.value) as least,
        greatest(max(g.value) over w, l.value) as most,
        l.same_since
    from given g
    left join sensing_latest l on l.series_id = g.series_id and l.at < g.at
    window w as (partition by g.series_id order by g.at)
), judged as (
    select n, series_id, at, value, label, quality,
        case
            when flaw <> 0 or quality = 2 then flaw
            when step is not null and abs(value - before) > step
                 and before_at >= at - span_s * interval '1 second' then 2
            when stuck_s > 0 and least = most and value = latest
                 and same_since <= at - stuck_s * interval '1 second' then 3
            else 0
        end as flaw
    from beside
), stored as (
    insert into sensing_reading (series_id, at, value, quality, flaw, label)
    select series_id, at, value, case when flaw <> 0 then 1 else quality end, flaw, label
    from judged order by series_id, at
    on conflict (series_id, at) do nothing
    returning *
), newest as (
    select distinct on (series_id) * from stored order by series_id, at desc
), moved as (
    insert into sensing_latest (series_id, at, value, quality, flaw, label, same_since)
    select series_id, at, value, quality, flaw, label, at from newest order by series_id
    on conflict (series_id) do update set
        at = excluded.at, value = excluded.value, quality = excluded.quality,
        flaw = excluded.flaw, label = excluded.label,
        same_since = case
            when sensing_latest.value is not distinct from excluded.value
                 and sensing_latest.label is not distinct from excluded.label
            then sensing_latest.same_since else excluded.same_since end
    where excluded.at > sensing_latest.at
)
select g.n, s.quality, s.flaw from given g left join stored s using (series_id, at)
where s.series_id is null or s.quality <> g.quality
"""
_OTHERS = """
select g.n from unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::text[])
    as g (n, series_id, at, value, label)
join sensing_reading r using (series_id, at)
where r.value is distinct from g.value or r.label is distinct from g.label
"""
_SEEN = """
with seen as (
    select * from unnest(%s::bigint[], %s::timestamptz[], %s::text[]) as t (device_id, at, said)
), standing as (
    select p.device_id, p.state, s.at,
        case s.said when '' then p.state
                    when 'online' then case p.state when 'fault' then 'fault' else 'online' end
                    when 'well' then 'online' else s.said end as told
    from sensing_presence p join seen s using (device_id)
    order by p.device_id
    for update of p
), changed as (
    insert into sensing_statechange (device_id, before, after, at)
    select device_id, state, told, %s::timestamptz from standing where told <> state
)
update sensing_presence p
set seen_at = greatest(p.seen_at, s.at), state = s.told,
    since = case when s.told <> p.state then %s::timestamptz else p.since end
from standing s
where p.device_id = s.device_id
    and (s.told <> p.state or p.seen_at is null or p.seen_at < s.at - interval '5 seconds')
"""
_DUE = """
insert into sensing_rollupdue (hour, bucket, minute)
select * from unnest(%s::timestamptz[], %s::bigint[], %s::timestamptz[])
on conflict do nothing
"""


@dataclass(slots=True)
class Row:
    """A value with the series it belongs to. span_s: how far back a step is looked for."""

    series_id: int
    value: Value
    span_s: int


@dataclass(frozen=True)
class Flushed:
    """What became of rows, by their place. replayed: stored before with another value."""

    duplicates: frozenset[int]
    replayed: frozenset[int]


def store(rows: Sequence[Row], *, now: datetime) -> Flushed:
    """Will write values, each series and moment once, and move the latest of each forward.

    rows: each (series, moment) once. Marks in the rows' values what turned out suspect. Makes
    parts that are missing. Locks series in order of their number. In the caller's transaction.
    """
    partitions.ensure(_days(rows))
    values = [row.value for row in rows]
    series = [row.series_id for row in rows]
    moments = [value.at for value in values]
    numbers = [value.value for value in values]
    labels = [value.label for value in values]
    columns: list[Sequence[Any]] = [
        range(len(rows)),
        series,
        moments,
        numbers,
        labels,
        [int(value.quality) for value in values],
        [int(value.flaw) for value in values],
        [value.field.max_step for value in values],
        [row.span_s for row in rows],
        [value.field.stuck_after_s for value in values],
    ]
    [changed, _none] = _ask((_STORE, columns), (_DUE, _due(rows, now)))
    duplicates = []
    for place, quality, flaw in changed:
        if quality is None:
            duplicates.append(place)
        else:
            values[place].quality, values[place].flaw = quality, flaw
    replayed = []
    if duplicates:
        picked = ([c[n] for n in duplicates] for c in (series, moments, numbers, labels))
        [replayed] = _ask((_OTHERS, [duplicates, *picked]))
    return Flushed(frozenset(duplicates), frozenset(place for (place,) in replayed))


def note_seen(seen: dict[int, tuple[datetime, str]], *, now: datetime) -> None:
    """Will note that devices were heard, and how they are; a change goes into their history.

    seen: by device the newest moment and what it means: "fault"; "well" (it says it is well);
    "online" (heard, of its health nothing); "" (too old to tell). Locks devices in order.
    """
    devices = sorted(seen)
    moment = now.isoformat()
    moments, words = [seen[d][0] for d in devices], [seen[d][1] for d in devices]
    arrays = [_array(column) for column in (devices, moments, words)]
    journeys.send([(_SEEN, [*arrays, moment, moment])])


def fall_silent(*, now: datetime) -> int:
    """Will mark devices that are silent too long and give how many.

    Online goes to offline; faulty to unknown, for silence says nothing of the fault.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, [now, now, now])
        return cursor.rowcount


_SILENT = f"""
with silent as (
    select p.device_id, p.state,
        case p.state when '{DeviceState.FAULT}' then '{DeviceState.UNKNOWN}'
                     else '{DeviceState.OFFLINE}' end as told
    from sensing_presence p
    join sensing_device d on d.id = p.device_id
    join sensing_deviceprofile k on k.id = d.profile_id
    where p.state in ('{DeviceState.ONLINE}', '{DeviceState.FAULT}')
        and p.seen_at < %s::timestamptz - k.offline_after_s * interval '1 second'
    order by p.device_id
    for update of p skip locked
), changed as (
    insert into sensing_statechange (device_id, before, after, at)
    select device_id, state, told, %s from silent
)
update sensing_presence p set state = s.told, since = %s
from silent s where p.device_id = s.device_id
"""  # noqa: S608  our own words


def _ask(*questions: tuple[str, Sequence[Sequence[Any]]]) -> list[list[tuple[Any, ...]]]:
    """Prepared statements with whole columns as their values, in one journey."""
    sent = [(statement, [_array(column) for column in columns]) for statement, columns in questions]
    return list(journeys.read(journeys.send(sent)))


def _array(column: Sequence[Any]) -> str:
    """A column as PostgreSQL writes an array."""
    return f"{{{','.join(map(_element, column))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def _days(rows: Sequence[Row]) -> set[date]:
    hours = {row.value.at.replace(minute=0, second=0, microsecond=0) for row in rows}
    return {timezone.localtime(hour).date() for hour in hours}


def _due(rows: Sequence[Row], now: datetime) -> tuple[list[datetime], list[int], list[datetime]]:
    """Each hour once, to be computed when it is over; one that was, by the series concerned."""
    minute = now.replace(second=0, microsecond=0)
    marks = set()
    for row in rows:
        hour = row.value.at.replace(minute=0, second=0, microsecond=0)
        closing = hour + timedelta(hours=1) + CLOSING
        is_late = now >= closing
        bucket = row.series_id // BUCKET if is_late else WHOLE
        marks.add((hour, bucket, minute if is_late else closing))
    ordered = sorted(marks)
    hours, buckets, minutes = zip(*ordered, strict=True)
    return list(hours), list(buckets), list(minutes)
