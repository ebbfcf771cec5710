"""What recorders kept of each camera, hour by hour. Source: VD-08.

Recorders are asked for yesterday and today by beat. The contract (REST, JSON):
``GET <url>/api/v1/records?channel=3&since=<ISO 8601>&until=<ISO 8601>`` answers
``{"segments": [{"since": …, "until": …}, …]}``, aware times, in any order, overlapping or not.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.video.adapters.base import Way
from apps.video.adapters.web import ask
from apps.video.errors import NoPicture
from apps.video.models import Camera, Recorder, RecordingDay
from apps.video.networks import Place, check_url
from apps.video.services.sources import opened

CITY = ZoneInfo("Asia/Shanghai")
HOUR_S = 3600
MOST_SEGMENTS = 20_000
Segment = tuple[datetime, datetime]


@transaction.atomic
def record_presence(camera_id: int, *, on: date, seconds: Sequence[int | None]) -> RecordingDay:
    """Will write how many seconds of each hour of a day are there; the same again is the same.

    on: a day of Asia/Shanghai, not in the future. seconds: 24 numbers 0-3600, hour 0 first; None
    where nobody could tell. What was known is never overwritten by None, and never by less: a
    recorder that lost its disk does not change what it had proved.
    Raises: InvalidInput (fields "seconds", "on").
    """
    if len(seconds) != 24 or any(s is not None and not 0 <= s <= HOUR_S for s in seconds):
        raise InvalidInput(_("须有 24 个 0 到 3600 的数"), field="seconds")
    if on > clock.now().astimezone(CITY).date():
        raise InvalidInput(_("日期不能晚于今天"), field="on")
    day, made = RecordingDay.objects.select_for_update().get_or_create(
        camera_id=camera_id,
        on=on,
        defaults={"seconds": list(seconds), "written_at": clock.now()},
    )
    if not made:
        merged = [_larger(*pair) for pair in zip(day.seconds, seconds, strict=True)]
        day.seconds, day.written_at = merged, clock.now()
        day.save(update_fields=["seconds", "written_at"])
    return day


def ask_recorder(recorder: Recorder, *, days: Iterable[date]) -> int:
    """Will ask a recorder what it kept of its cameras on these days and write it down.

    Gives the camera-days written. A camera that cannot be told of gets unknown hours, not empty
    ones. Nothing is asked within a transaction; how it went is noted at the recorder.
    """
    written, error = 0, ""
    moment = clock.now()
    cameras = list(recorder.cameras.filter(is_active=True, channel__isnull=False))
    for day in days:
        for camera in cameras:
            if error:
                break
            try:
                seconds = _seconds_of(recorder, camera, day, moment)
            except NoPicture as refusal:
                if refusal.code in ("not_found", "bad_answer"):
                    continue  # this channel alone; the next may be told of
                error = str(refusal)
                break
            record_presence(camera.pk, on=day, seconds=seconds)
            written += 1
    Recorder.objects.filter(pk=recorder.pk).update(asked_at=moment, last_error=error[:200])
    return written


def ask_recorders() -> int:
    """Will ask every recorder in use for yesterday and today; safe to run twice."""
    today = clock.now().astimezone(CITY).date()
    days = [today - timedelta(days=1), today]
    waiting = Recorder.objects.filter(is_active=True).exclude(url="").order_by("asked_at", "pk")
    return sum(ask_recorder(recorder, days=days) for recorder in waiting)


def forget_recordings() -> int:
    """Will drop days older than ``VIDEO_RECORDING_DAYS``; gives how many rows."""
    last = clock.today() - timedelta(days=settings.VIDEO_RECORDING_DAYS)
    return RecordingDay.objects.filter(on__lt=last).delete()[0]


def hours_of(segments: Iterable[Segment], day: date, *, now: datetime) -> list[int | None]:
    """Will give the seconds present of each hour of a day of Asia/Shanghai.

    Overlapping segments count once. Hours that have not ended at ``now`` are unknown (None).
    """
    start = datetime.combine(day, datetime.min.time(), CITY)
    merged = _merged(segments)
    hours: list[int | None] = []
    for number in range(24):
        since = start + timedelta(hours=number)
        until = since + timedelta(hours=1)
        if until > now:
            hours.append(None)
            continue
        present = sum(
            (min(b, until) - max(a, since)).total_seconds()
            for a, b in merged
            if a < until and b > since
        )
        hours.append(min(HOUR_S, int(present)))
    return hours


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    found: list[Segment] = []
    for since, until in sorted(one for one in segments if one[0] < one[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _larger(known: int | None, told: int | None) -> int | None:
    if known is None or told is None:
        return told if known is None else known
    return max(known, told)


def _seconds_of(
    recorder: Recorder, camera: Camera, day: date, moment: datetime
) -> list[int | None]:
    since = datetime.combine(day, datetime.min.time(), CITY)
    asked = urlencode(
        {
            "channel": camera.channel,
            "since": since.isoformat(),
            "until": (since + timedelta(days=1)).isoformat(),
        }
    )
    try:
        base = check_url(recorder.url, schemes=("http", "https"))
        told = opened(recorder.secret)
    except DomainError as error:
        raise NoPicture("address_refused") from error
    place = Place(
        base.scheme, base.host, base.port, f"{base.path.rstrip('/')}/api/v1/records?{asked}"
    )
    way = Way(place, told.get("username", ""), told.get("password", ""))
    return hours_of(_segments(ask(place, way).body), day, now=moment)


def _segments(body: bytes) -> list[Segment]:
    try:
        listed = json.loads(body)["segments"]
        if not isinstance(listed, list) or len(listed) > MOST_SEGMENTS:
            raise NoPicture("bad_answer")
        return [(_moment(one["since"]), _moment(one["until"])) for one in listed]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoPicture("bad_answer") from error


def _moment(text: object) -> datetime:
    found = parse_datetime(text) if isinstance(text, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError(text)
    return found
