"""A day of looks at 10,000 cameras by the real planner, on a clock of its own.

Cameras and recorders stand in the register, one plan names all of them twice a day. Everything the
city runs is run: plans begin, looks are claimed as recorders allow, results are judged and written
down, suspects looked at again, alarms raised. Only the cameras and the waiting are made up: each
answers after seconds told by its number, some slowly, one in a hundred never, and the clock jumps
from one moment at which something happens to the next. ``BENCH_CAMERAS`` sets how many.
"""

import heapq
import os
import statistics
import time
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from benchmarks.runner import Bench, Figure

DESCRIPTION = "a day's looks at 10,000 cameras: on time, the latest, cameras an hour and core"
CAMERAS = int(os.environ.get("BENCH_CAMERAS", "10000"))
A_RECORDER, TIMES, BEAT_S, DAY_S = 32, ("09:00", "21:00"), 5, 86_400
LOOKS_MEASURED = 6


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from apps.diagnosis.models import Look

    bench.progress(f"registering {CAMERAS:,} cameras")
    first = _lay(bench)
    begun, busy = time.monotonic(), _cpu_s()
    _live_a_day(bench, first)
    took, busy = time.monotonic() - begun, _cpu_s() - busy
    planned = Look.objects.filter(stage="first")
    done = planned.filter(state="done").select_related("result", "run")
    late = sorted(
        (one.result.taken_at - one.run.due_at).total_seconds()
        for one in done
        if one.result is not None and one.run.due_at is not None
    )
    rechecks = Look.objects.filter(stage="recheck", state="done").count()
    each = _look_cpu_s() + busy / max(1, len(late) + rechecks)
    round_s = DAY_S / len(TIMES)
    on_time = sum(one <= round_s for one in late) / max(1, planned.count())
    hours = len(TIMES) * late[-1] / 3600
    bench.progress(f"{len(late)} looks written in {took:.0f} s, {busy:.0f} s of processor time")
    return [
        Figure("looks planned", planned.count(), "looks"),
        Figure("looked at before the next round", round(on_time, 4), "of looks", ">=", 1),
        Figure("middle look after the plan's hour", statistics.median(late) / 60, "min"),
        Figure("latest look after the plan's hour", late[-1] / 60, "min"),
        Figure("looked at again", rechecks, "looks"),
        Figure("by two workers", round(len(late) / hours), "cameras/h"),
        Figure("planned, judged and written down", (len(late) + rechecks) / took, "looks/s"),
        Figure("with decoding and measuring", round(3600 / each), "cameras/h and core"),
    ]


def _lay(bench: Bench) -> datetime:
    """Cameras behind recorders and a plan over all; gives the moment before its first hour."""
    from apps.assets.models import AssetClass
    from apps.audit.services import SYSTEM
    from apps.common import clock
    from apps.diagnosis.services import PlanSpec, save_plan
    from apps.places.geometry import point
    from apps.video.services import CameraSpec, RecorderSpec, register_camera, save_recorder
    from benchmarks.support.town import build_town

    town = build_town("small")
    AssetClass.objects.get_or_create(
        code="0112", defaults={"name": "监控摄像机", "large_class": "公用设施"}
    )
    city, recorder = town.tenant.area, None
    for number in range(CAMERAS):
        if number % A_RECORDER == 0:
            told = RecorderSpec(
                name=f"录像机 {number}", gb_code=f"99010000001186{number + 1:06d}",
                unit=town.units[0], area=city, channels=A_RECORDER,
            )  # fmt: skip
            recorder = save_recorder(SYSTEM, spec=told)
        spec = CameraSpec(
            name=f"摄像机 {number}", gb_code=f"99010000001326{number + 1:06d}",
            point=point(*town.points[number % len(town.points)]), recorder=recorder,
            channel=number % A_RECORDER + 1, consent_owner="模拟", consent_on=clock.today(),
        )  # fmt: skip
        register_camera(SYSTEM, spec=spec)
        if number % 2000 == 1999:
            bench.progress(f"{number + 1:,} cameras")
    plan = save_plan(SYSTEM, spec=PlanSpec(name="全市", area=city, times=TIMES))
    return plan.due_at - timedelta(minutes=1)


def _live_a_day(bench: Bench, start: datetime) -> None:
    from apps.common import clock
    from apps.diagnosis.services.looking import claim_due
    from apps.diagnosis.services.rounds import start_due

    now, end, told = start, start + timedelta(days=1), 0
    looking: list[tuple[datetime, int, Any]] = []
    while now < end:
        _write_down(looking, now)
        with clock.at(now):
            start_due()
            for one in claim_due():
                seconds = _answers_after(one.camera.pk)
                heapq.heappush(looking, (now + timedelta(seconds=seconds), one.look_id, one))
        if now.hour != told:
            told = now.hour
            bench.progress(f"{now:%H:%M} UTC of the city's day")
        now = _next(now, end, bool(looking))
    _write_down(looking, end + timedelta(minutes=5))


def _next(now: datetime, end: datetime, is_looking: bool) -> datetime:
    """The next beat; with nothing under way, the beat at which something is due."""
    from apps.diagnosis.models import DiagnosisPlan, Look

    beat = now + timedelta(seconds=BEAT_S)
    if is_looking:
        return beat
    waiting = Look.objects.filter(state="waiting").order_by("due_at")
    plans = DiagnosisPlan.objects.order_by("due_at")
    found = [one.due_at for one in (waiting.first(), plans.first()) if one is not None]
    return max(beat, min([*found, end]))


def _write_down(looking: list[tuple[datetime, int, Any]], now: datetime) -> None:
    """What was looked at by then is judged and written, each at its own moment."""
    from apps.common import clock
    from apps.diagnosis.services.life import write_down

    while looking and looking[0][0] <= now:
        at, look_id, one = heapq.heappop(looking)
        with clock.at(at):
            write_down(look_id, one.claim, _seen(one.camera.pk, at))


def _answers_after(number: int) -> float:
    """Seconds until a camera was looked at; one in a hundred is waited for in vain."""
    if number % 100 == 7:
        return 35.0
    return 18.0 if number % 10 == 3 else 4.0 + number % 4


def _seen(number: int, at: datetime) -> Any:
    from apps.decoding.enums import Ending
    from apps.diagnosis.services.seeing import Seen, is_day

    if number % 100 == 7:
        return Seen(at, Ending.TIMEOUT)
    return Seen(at, Ending.DONE, numbers=dict(_numbers(not is_day(at))))


@cache
def _numbers(night: bool) -> Any:
    """What a good street measures, taken once: measuring is timed by itself."""
    from benchmarks.support.injected import look

    return look(2001, night=night, since=3.0)


def _look_cpu_s() -> float:
    """Decoding in its own program and measuring three seconds, of one core."""
    from apps.decoding.services import Source, grab
    from apps.diagnosis.metrics import measure
    from benchmarks.support.injected import clip, standard

    content, plain = clip(901, count=25), standard(901, night=False)
    began = _cpu_s()
    for _number in range(LOOKS_MEASURED):
        seen = grab(Source(data=content), seconds=3, per_second=8)
        measure(seen.pictures, seen.times, {"day": plain})
    return (_cpu_s() - began) / LOOKS_MEASURED


def _cpu_s() -> float:
    """Of this process and those it started; the database's is not in it."""
    return sum(os.times()[:4])
