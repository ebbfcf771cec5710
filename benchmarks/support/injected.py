"""Looks at drawn streets, whole or with a fault laid over. For the benchmark and the tests."""

import io
from functools import lru_cache

import av
import numpy as np
from PIL import Image

from apps.diagnosis.judging import Finding, judge
from apps.diagnosis.metrics import Numbers, measure
from apps.diagnosis.thresholds import DEFAULTS
from apps.video.faults import FAULTS, inject
from apps.video.passers import PAUSE_S, STILLS, without_passers
from apps.video.scenes import Frame, Scene

#: What a drawn fault is called by diagnosis; a lost picture is a stream without one.
NAMES = {fault: fault for fault in FAULTS} | {"lost": "no_picture"}
PER_SECOND = 8
SINCE = 10.0


@lru_cache(maxsize=16)
def clean(seed: int, *, night: bool, count: int, since: float = SINCE) -> tuple[Frame, ...]:
    """Will give pictures of a street, drawn once."""
    scene = Scene(seed, night=night)
    return tuple(scene.frame(since + number / PER_SECOND) for number in range(count))


@lru_cache(maxsize=16)
def standard(seed: int, *, night: bool) -> Frame:
    """Will give the standard picture of a street: other moments of it, taken as life does."""
    scene = Scene(seed, night=night)
    taken = [Image.fromarray(scene.frame(40.0 + PAUSE_S * number)) for number in range(STILLS)]
    return np.asarray(without_passers(taken))


def look(
    seed: int, fault: str = "", severity: str = "medium", *, night: bool = False, count: int = 9,
    since: float = SINCE,
) -> Numbers:  # fmt: skip
    """Will measure one look. A frozen camera is watched for 16 seconds, as life does."""
    frames = clean(seed, night=night, count=count, since=since)
    times = [number / PER_SECOND for number in range(count)]
    if fault == "freeze":
        frames, times = (frames[0],) * 5, [0.0, 4.0, 8.0, 12.0, 16.0]
    elif fault:
        frames = tuple(
            inject(frame, fault, severity, since + at, seed=seed)
            for frame, at in zip(frames, times, strict=True)
        )
    light = "night" if night else "day"
    return measure(frames, times, {light: standard(seed, night=night)}, by_day=not night)


@lru_cache(maxsize=16)
def clip(seed: int, fault: str = "", severity: str = "medium", *, count: int = 9) -> bytes:
    """Will give a drawn street by day as a clip of eight pictures a second."""
    frames = clean(seed, night=False, count=count)
    if fault:
        frames = tuple(
            inject(frame, fault, severity, number / PER_SECOND, seed=seed)
            for number, frame in enumerate(frames)
        )
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("mpeg4", rate=PER_SECOND)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.bit_rate = 6_000_000
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    return file.getvalue()


def found(numbers: Numbers) -> list[Finding]:
    """Will judge by the first thresholds."""
    return judge(numbers, DEFAULTS)
