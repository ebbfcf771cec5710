"""Where the devices stand that report one field, in metres, for reckoning with distances."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from apps.places.geometry import to_plane
from apps.sensing.models import Datastream, ProfileField

Floats = NDArray[np.float64]
_VALUES = """
    select distinct on (series_id, slot) series_id,
        floor(extract(epoch from at - %(since)s::timestamptz) / %(step)s)::int as slot, at, value
    from sensing_reading
    where series_id = any(%(series)s) and at >= %(since)s and at < %(until)s
        and value is not null and quality in (0, 3)
    order by series_id, slot, at desc
"""


@dataclass(frozen=True)
class Stations:
    """Series of one field with the places of their devices. places: metres, (n, 2)."""

    series: list[int]
    places: Floats


@dataclass(frozen=True)
class Values:
    """What stations said, per span of equal length; nan where nothing is to be trusted.

    values: (spans, stations), the last one of each span. moments: when it was said, by place.
    """

    values: Floats
    moments: dict[tuple[int, int], datetime]


def stations_of(field: ProfileField) -> Stations:
    """Will give the series of a field whose devices are in use."""
    found = Datastream.objects.filter(field=field, device__is_active=True).order_by("pk")
    rows = list(found.values_list("pk", "device__asset__point"))
    places = [to_plane(point.x, point.y) for _series, point in rows]
    return Stations([series for series, _point in rows], np.array(places).reshape(-1, 2))


def values_of(stations: Stations, *, since: datetime, until: datetime, step_s: int) -> Values:
    """Will give what the stations said between two moments, in spans of ``step_s`` seconds."""
    spans = max(1, -(-int((until - since).total_seconds()) // step_s))
    values = np.full((spans, len(stations.series)), np.nan)
    moments: dict[tuple[int, int], datetime] = {}
    column = {series: place for place, series in enumerate(stations.series)}
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "series": stations.series,
            "since": since,
            "until": until,
            "step": step_s,
        }
        cursor.execute(_VALUES, asked)
        for series, slot, at, value in cursor.fetchall():
            values[slot, column[series]] = value
            moments[slot, column[series]] = at
    return Values(values, moments)
