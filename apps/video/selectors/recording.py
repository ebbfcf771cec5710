"""What was recorded: hours, gaps and the rate. Source: VD-08 (录像完好率).

The rate of a camera over days is: seconds present, over seconds of the hours of which it is known
how much was there. Hours nobody could tell of (the recorder did not answer, the hour has not
ended, the day has no row) are neither present nor due; their number is told beside the rate, so
that whoever judges by it may refuse a rate that rests on too little.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from apps.video.models import Camera, RecordingDay

CITY = ZoneInfo("Asia/Shanghai")
HOUR_S = 3600


@dataclass(frozen=True)
class RecordingRate:
    """Of one camera. present_s of due_s seconds; unknown_hours of the days asked for."""

    present_s: int
    due_s: int
    unknown_hours: int

    @property
    def rate(self) -> float | None:
        """0-1; None while nothing is known."""
        return self.present_s / self.due_s if self.due_s else None


@dataclass(frozen=True)
class Gap:
    """Hours in a row that are not whole. since, until: aware, Asia/Shanghai; missing_s: of them."""

    since: datetime
    until: datetime
    missing_s: int


def list_days(camera: Camera, *, since: date, until: date) -> QuerySet[RecordingDay]:
    """Will list what is known of a camera's days, both included, oldest first."""
    return camera.recording_days.filter(on__gte=since, on__lte=until).order_by("on")


def recording_rates(
    camera_ids: Iterable[int], *, since: date, until: date
) -> dict[int, RecordingRate]:
    """Will give the rate of each camera over days of Asia/Shanghai, both included.

    One query; a camera without a row is there with nothing known.
    """
    ids = list(camera_ids)
    hours = ((until - since).days + 1) * 24
    found = {pk: RecordingRate(0, 0, hours) for pk in ids}
    table = connection.ops.quote_name(RecordingDay._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "select camera_id, coalesce(sum(hour), 0), count(hour)"  # noqa: S608  our own table
            f' from {table}, unnest(seconds) as hour where camera_id = any(%s) and "on" between'
            " %s and %s group by camera_id",
            [ids, since, until],
        )
        for pk, present, known in cursor.fetchall():
            found[pk] = RecordingRate(present, known * HOUR_S, hours - known)
    return found


def list_gaps(camera: Camera, *, since: date, until: date) -> list[Gap]:
    """Will give the runs of hours in which something is missing, oldest first.

    Unknown hours are no gap and end one.
    """
    gaps: list[Gap] = []
    for day in list_days(camera, since=since, until=until):
        start = datetime.combine(day.on, datetime.min.time(), CITY)
        for number, present in enumerate(day.seconds):
            if present is None or present >= HOUR_S:
                continue
            begins = start + timedelta(hours=number)
            ends, missing = begins + timedelta(hours=1), HOUR_S - present
            if gaps and gaps[-1].until == begins:
                gaps[-1] = Gap(gaps[-1].since, ends, gaps[-1].missing_s + missing)
            else:
                gaps.append(Gap(begins, ends, missing))
    return gaps
