"""What the alarm centre knows of devices: their kinds, and their past readings.

Source: AL-02, AL-03, IO-07.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from apps.alarms.registry import HistoryQuery, Profile
from apps.alarms.rules import Reading
from apps.sensing.enums import FieldKind, Quality
from apps.sensing.models import DeviceProfile

_PAST = """
    select d.asset_id, r.at, r.quality, f.code, f.kind, r.value, r.label
    from sensing_device d
    join sensing_deviceprofile p on p.id = d.profile_id
    join sensing_datastream s on s.device_id = d.id
    join sensing_profilefield f on f.id = s.field_id
    join sensing_reading r on r.series_id = s.id
    where p.code = %s and r.at >= %s and r.at < %s
        and (%s::bigint[] is null or d.asset_id = any(%s::bigint[]))
    order by d.asset_id, r.at, r.quality
"""


def profiles() -> list[Profile]:
    """Will give the kinds of devices with the fields rules may name."""
    return [
        Profile(
            profile.code,
            profile.name,
            {field.code: (field.name, field.unit) for field in profile.fields.all()},
        )
        for profile in DeviceProfile.objects.prefetch_related("fields").order_by("code")
    ]


def past_readings(query: HistoryQuery) -> Iterator[Reading]:
    """Will give what devices of one kind said, thing by thing, in order of time.

    Read through a cursor of the server: a month of a kind may be millions of rows.
    """
    things = None if query.asset_ids is None else sorted(query.asset_ids)
    asked: list[Any] = [query.profile, query.since, query.until, things, things]
    with connection.chunked_cursor() as cursor:
        cursor.execute(_PAST, asked)
        for (asset, at, quality), rows in groupby(cursor, key=lambda row: row[:3]):
            values = {code: _plain(kind, value, label) for *_key, code, kind, value, label in rows}
            yield Reading(asset, query.profile, at, values, Quality(quality).name.lower())


def _plain(kind: str, value: float | None, label: str | None) -> float | str | bool | None:
    if label is not None:
        return label
    return bool(value) if kind == FieldKind.BOOLEAN and value is not None else value
