"""Values into the tables, a batch in one set of statements.

What is stored when the transaction commits is stored for good: the tables are logged ones and
nothing waits in between, so an answer sent after the commit is kept even if every process dies.
Source: docs/decisions/0055, docs/decisions/0062.
"""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from apps.common import columns, journeys
from apps.common.columns import Column
from apps.sensing import partitions
from apps.sensing.enums import DeviceState
from apps.sensing.services.judging import Batch

#: Series whose late hours are computed together.
BUCKET = 4096
#: An hour is computed so long after its end; what comes after that marks it anew.
CLOSING_US = 180_000_000
WHOLE = -1  # the bucket that stands for every series
FEW = 64  # values that cost less in a statement than a COPY of their own costs to begin
#: By device the newest moment it was heard of and what that means: "fault"; "well" (it says it is
#: well); "online" (heard, of its health nothing); "" (too old to tell).
Seen = Mapping[int, tuple[datetime, str]]
_HOUR_US = 3_600_000_000
_BUCKETS = 2**40  # more than there can be

_GIVEN = """
with given as (
    select n, series_id, at, nullif(value, 'NaN') as value, quality, flaw, label, is_last
    from unnest(
        %s::bigint[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::smallint[],
        %s::smallint[], %s::boolean[], %s::text[]
    ) as t (n, series_id, at, value, quality, flaw, is_last, label)
), stored as (
    insert into sensing_reading (series_id, at, value, quality, flaw, label)
    select series_id, at, value, quality, flaw, label from given
"""
_LATEST = """
    insert into sensing_latest (series_id, at, value, quality, flaw, label, same_since)
    select series_id, at, value, quality, flaw, label, at from newest
    on conflict (series_id) do update set
        at = excluded.at, value = excluded.value, quality = excluded.quality,
        flaw = excluded.flaw, label = excluded.label,
        same_since = case
            when sensing_latest.value is not distinct from excluded.value
                 and sensing_latest.label is not distinct from excluded.label
            then sensing_latest.same_since else excluded.same_since end
    where excluded.at > sensing_latest.at
"""
# What is a number, surely new and of a day that has a part: COPY writes pages, not rows.
_COPY_NEW = """
copy sensing_reading (series_id, at, value, quality, flaw) from stdin (format binary)
"""
# A row that may be there already is asked for twice and logged twice: done where it may be.
_MOVING = f"""
), newest as (
    select * from given where is_last
)
{_LATEST}
"""  # noqa: S608  our own words
_STORE_NEW = f"{_GIVEN} where value is null {_MOVING}"
_STORE_FEW = f"{_GIVEN} {_MOVING}"
_STORE = f"""
{_GIVEN}
    on conflict (series_id, at) do nothing
    returning *
), newest as (
    select distinct on (series_id) * from stored order by series_id, at desc
), moved as (
{_LATEST}
)
select g.n from given g left join stored s using (series_id, at) where s.series_id is null
"""  # noqa: S608  our own words
_OTHERS = """
select g.n from unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::text[])
    as g (n, series_id, at, value, label)
join sensing_reading r using (series_id, at)
where r.value is distinct from nullif(g.value, 'NaN') or r.label is distinct from g.label
"""
# Who says nothing new is not locked: that would write as much as to change him.
_SEEN = """
with seen as (
    select * from unnest(%s::bigint[], %s::timestamptz[], %s::text[]) as t (device_id, at, said)
), standing as (
    select p.device_id, p.state, s.at, t.told
    from sensing_presence p join seen s using (device_id)
    cross join lateral (select
        case s.said when '' then p.state
                    when 'online' then case p.state when 'fault' then 'fault' else 'online' end
                    when 'well' then 'online' else s.said end as told
    ) t
    where t.told <> p.state or p.seen_at is null or p.seen_at < s.at - interval '5 seconds'
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
"""
_DUE = """
insert into sensing_rollupdue (hour, bucket, minute)
select * from unnest(%s::timestamptz[], %s::bigint[], %s::timestamptz[])
on conflict do nothing
"""


def store_new(batch: Batch, labels: dict[int, str], seen: Seen, *, now: datetime) -> None:
    """Will write values none of which is there, move the latest of each series forward, and do
    what ``note_seen`` does.

    Many numbers go by COPY, gaps and categories with the statement that moves the latest; few
    go with it altogether, in one journey. All or nothing. labels: codes of categories, by
    ``Batch.place``. Locks series in order of their number. Raises: IntegrityError (somebody has
    stored one of them since, or a day has no part yet: ``store`` does it); a transaction around
    it stands as it stood.
    """
    due, heard = (_DUE, _due(batch, now)), _heard(seen, now)
    if len(batch.place) <= FEW:
        journeys.attempt([(_STORE_FEW, _values(batch, labels)), due, heard])
        return
    plain = ~np.isnan(batch.number)
    told = [
        (batch.series, columns.BIGINT),
        (batch.moment, columns.MOMENT),
        (batch.number, columns.FLOAT),
        (batch.quality, columns.SMALLINT),
        (batch.flaw, columns.SMALLINT),
    ]
    with transaction.atomic():
        if plain.any():
            journeys.copy(_COPY_NEW, columns.rows([(column[plain], kind) for column, kind in told]))
        journeys.send([(_STORE_NEW, _values(batch, labels)), due, heard])


def store(batch: Batch, labels: dict[int, str], *, now: datetime) -> tuple[Column, Column]:
    """Will write values that may be there, and make parts that are missing; who was heard, it
    does not note.

    Gives which rows of the batch were there, and which of these with another value.
    """
    partitions.ensure(_days(batch))
    found, _none = journeys.send([(_STORE, _values(batch, labels)), (_DUE, _due(batch, now))])
    [rows] = journeys.read([found])
    there = np.array(sorted(row[0] for row in rows), "i8")
    if not len(there):
        return there, there
    asked: list[str | bytes] = [
        columns.packed(there, columns.BIGINT),
        columns.packed(batch.series[there], columns.BIGINT),
        columns.packed(batch.moment[there], columns.MOMENT),
        columns.packed(batch.number[there], columns.FLOAT),
        _texts(batch.place[there], labels),
    ]
    [others] = journeys.read(journeys.send([(_OTHERS, asked)]))
    return there, np.array(sorted(row[0] for row in others), "i8")


def note_seen(seen: Seen, *, now: datetime) -> None:
    """Will note that devices were heard, and how they are; a change goes into their history.

    Locks devices in order.
    """
    journeys.send([_heard(seen, now)])


def _heard(seen: Seen, now: datetime) -> journeys.Packed:
    devices = sorted(seen)
    moment = now.isoformat()
    given: list[str | bytes] = [
        columns.packed(devices, columns.BIGINT),
        columns.packed([columns.micros(seen[device][0]) for device in devices], columns.MOMENT),
        columns.texts(seen[device][1] for device in devices),
    ]
    return _SEEN, [*given, moment, moment]


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


def _values(batch: Batch, labels: dict[int, str]) -> list[str | bytes | None]:
    return [
        columns.packed(np.arange(len(batch.place)), columns.BIGINT),
        columns.packed(batch.series, columns.BIGINT),
        columns.packed(batch.moment, columns.MOMENT),
        columns.packed(batch.number, columns.FLOAT),
        columns.packed(batch.quality, columns.SMALLINT),
        columns.packed(batch.flaw, columns.SMALLINT),
        columns.packed(batch.is_last, columns.BOOLEAN),
        _texts(batch.place, labels),
    ]


def _texts(places: Column, labels: dict[int, str]) -> str:
    """Labels as PostgreSQL writes an array; one that is shorter goes on with nulls."""
    if not labels:
        return "{}"
    return columns.texts(labels.get(place) for place in places.tolist())


def _days(batch: Batch) -> set[date]:
    hours = np.unique(batch.moment // _HOUR_US * _HOUR_US)
    return {timezone.localtime(columns.moment(hour)).date() for hour in hours.tolist()}


def _due(batch: Batch, now: datetime) -> list[bytes]:
    """Each hour once, to be computed when it is over; one that was, by the series concerned."""
    hour = batch.moment // _HOUR_US
    is_late = (hour + 1) * _HOUR_US + CLOSING_US <= columns.micros(now)
    bucket = np.where(is_late, batch.series // BUCKET, WHOLE)
    marks = np.unique(hour * _BUCKETS + (bucket - WHOLE))
    hour, bucket = marks // _BUCKETS, marks % _BUCKETS + WHOLE
    minute = columns.micros(now.replace(second=0, microsecond=0))
    closing = (hour + 1) * _HOUR_US + CLOSING_US
    return [
        columns.packed(hour * _HOUR_US, columns.MOMENT),
        columns.packed(bucket, columns.BIGINT),
        columns.packed(np.where(bucket == WHOLE, closing, minute), columns.MOMENT),
    ]
