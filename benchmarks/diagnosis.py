"""Faults laid over drawn streets: how many are found, how often a good street is called broken.

Held-out streets: none of them was looked at when the thresholds were chosen. Each fault in three
severities by day and by night; recall counts a look in which the fault is among the findings. A
false alarm is a finding that the second look, ten minutes later, confirms. ``BENCH_VIDEO_DATA``
names a folder of real clips (``*.mp4``, not shipped); without it those figures are left out.
"""

import os
from collections import defaultdict
from pathlib import Path

from benchmarks.runner import Bench, Figure
from benchmarks.support.injected import NAMES, found, look

DESCRIPTION = "video quality diagnosis: recall by fault, false alarms, looks an hour and core"
NEEDS_DATABASE = False

#: Streets with faults, and good streets watched for a day each.
BROKEN = range(901, 905)
GOOD = range(3001, 3101)
#: Looks at a good street a day, half of them by night.
LOOKS = 4
SEVERITIES = ("light", "medium", "heavy")


def run(bench: Bench) -> list[Figure]:
    return [*_recall(bench), *_false_alarms(bench), *_speed(bench), *_real(bench)]


def _recall(bench: Bench) -> list[Figure]:
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for fault, name in NAMES.items():
        for severity in SEVERITIES:
            for night in (False, True):
                for seed in BROKEN:
                    count = 25 if fault == "shake" else 9
                    numbers = look(seed, fault, severity, night=night, count=count)
                    hits[fault, severity].append(name in [one.fault for one in found(numbers)])
        shares = {one: _share(hits[fault, one]) for one in SEVERITIES}
        bench.progress(f"{fault}: " + ", ".join(f"{k} {v:.2f}" for k, v in shares.items()))
    figures = []
    for (fault, severity), seen in hits.items():
        held = (">=", 0.95) if severity == "medium" else (None, None)
        figures.append(Figure(f"{fault}, {severity}: found", _share(seen), "of looks", *held))
    return figures


def _false_alarms(bench: Bench) -> list[Figure]:
    suspects = alarms = 0
    for seed in GOOD:
        for number in range(LOOKS):
            night, since = number % 2 == 1, 3.0 + 11.0 * number
            first = found(look(seed, night=night, since=since))
            if not first:
                continue
            suspects += 1
            again = found(look(seed, night=night, since=since + 7.0))
            alarms += bool({one.fault for one in first} & {one.fault for one in again})
    days = len(GOOD)
    bench.progress(f"{days} camera-days: {suspects} suspects, {alarms} alarms")
    return [
        Figure("good streets: suspects", 100 * suspects / days, "per 100 camera-days"),
        Figure("good streets: alarms", 100 * alarms / days, "per 100 camera-days", "<=", 1),
    ]


def _speed(bench: Bench) -> list[Figure]:
    """Decoding in its own program and measuring three seconds, on one core."""
    from apps.decoding.services import Source, grab
    from apps.diagnosis.metrics import measure
    from benchmarks.support.injected import clip, standard

    content, plain = clip(901, count=25), standard(901, night=False)
    began, looks = _cpu_s(), 8
    for _number in range(looks):
        seen = grab(Source(data=content), seconds=3, per_second=8)
        measure(seen.pictures, seen.times, {"day": plain})
    each = (_cpu_s() - began) / looks
    bench.progress(f"{each:.2f} s of a core a look")
    return [Figure("cameras looked at", 3600 / each, "an hour and core")]


def _cpu_s() -> float:
    """Of this process and of the programs it started: what else runs here does not count."""
    return sum(os.times()[:4])


def _real(bench: Bench) -> list[Figure]:
    from apps.decoding.services import Limits, Source, grab
    from apps.diagnosis.metrics import measure

    folder = os.environ.get("BENCH_VIDEO_DATA", "")
    clips = sorted(Path(folder).glob("*.mp4")) if folder else []
    if not clips:
        bench.progress("BENCH_VIDEO_DATA names no folder with *.mp4: no real clips looked at")
    figures = []
    for path in clips:
        seen = grab(
            Source(path=str(path)), seconds=120, per_second=8, limits=Limits(wall_s=120, cpu_s=120)
        )
        looks = [
            measure(seen.pictures[n : n + 25], seen.times[n : n + 25])
            for n in range(0, len(seen.frames) - 24, 25)
        ]
        broken = sum(bool(found(numbers)) for numbers in looks)
        about = f"{path.stem}: suspects of {len(looks)} looks"
        figures.append(Figure(about, broken, "looks"))
    return figures


def _share(seen: list[bool]) -> float:
    return round(sum(seen) / len(seen), 3)
