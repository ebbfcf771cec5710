"""Counting on streets: exactness by truth, frames a second against bare decoding.

Two hundred drawn streets that no threshold was chosen on, every fourth by night; a crossing is
right within a second and in its direction. Speed: the same clip at 640x360 decoded alone and
decoded and counted, or looked at by another analysis, each from the decoder's process.
``BENCH_VIDEO_DATA`` names a folder with ``car-detection.mp4`` (2 up, 2 down by eye, not shipped);
without it that figure is left out.
``BENCH_VIDEO_STREETS`` sets how many streets.
"""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import av

from apps.algorithms.contract import Frame
from apps.algorithms.registry import Verdict
from apps.algorithms.scoring import sheet_of
from apps.analysis.builtins import BUILTINS
from apps.analysis.clips import judge_crossings
from apps.decoding import services as decoding
from apps.video.scenes import Scene
from benchmarks.runner import Bench, Figure

DESCRIPTION = "video analysis: F1 of counts, frames a second against bare decoding"
NEEDS_DATABASE = False

RATE, SECONDS, FIRST = 10.0, 16.0, 40_000
LINE = {"lines": [{"id": "l", "name": "l", "a": [0.5, 0], "b": [0.5, 1]}]}
ZONE = [[0.1, 0.4], [0.9, 0.4], [0.9, 0.9], [0.1, 0.9]]
GAUGE = {"top": [0.5, 0.2], "bottom": [0.5, 0.8], "top_value": 4.0, "bottom_value": 0.0}
DRAWING = {
    **LINE,
    "zones": [{"id": "z", "name": "z", "points": ZONE}],
    "scale": {"near": 0.3, "far": 0.1},
    "gauge": GAUGE,
}
LOOK_S = 60.0


def run(bench: Bench) -> list[Figure]:
    fps = _speed(bench)
    return [*_exactness(bench), *fps, *_plan(fps), *_real(bench)]


def _counting() -> object:
    return _loaded("line-count", LINE)


def _loaded(key: str, drawing: dict[str, Any]) -> object:
    one = next(built for built in BUILTINS if built.key == key)
    return one.load(one.defaults(), drawing)


def _exactness(bench: Bench) -> list[Figure]:
    verdicts: list[Verdict] = []
    many = int(os.environ.get("BENCH_VIDEO_STREETS", "200"))
    for number in range(many):
        scene = Scene(FIRST + number, night=number % 4 == 3, seconds=SECONDS)
        truth = scene.crossings(((320, 0), (320, 360)), 0, SECONDS)
        frames = (Frame(n / RATE, scene.frame(n / RATE)) for n in range(int(SECONDS * RATE)))
        verdicts.append(judge_crossings(list(_counting()(frames)), truth))  # type: ignore[operator]
        if number % 20 == 19:
            bench.progress(f"{number + 1} streets")
    sheet = sheet_of(verdicts, ms=0)
    return [
        Figure(f"counts on {many} streets, F1", sheet["f1"], "", ">=", 0.98),
        Figure("crossings right", sheet["right"], ""),
        Figure("too many", sheet["too_much"], ""),
        Figure("missed", sheet["missed"], ""),
    ]


def _speed(bench: Bench) -> list[Figure]:
    scene = Scene(FIRST, seconds=60)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "street.mp4"
        _film(scene, path, frames=600)
        bare = _fps(path, None)
        counted = _fps(path, _counting())
        bench.progress(f"bare {bare:.0f}, counted {counted:.0f} frames a second")
        others = {
            one.key: _fps(path, _loaded(one.key, DRAWING)) / bare
            for one in BUILTINS
            if one.key != "line-count"
        }
    return [
        Figure("decoding alone at 640x360", round(bare), "frames/s"),
        Figure("decoding and counting at 640x360", round(counted), "frames/s"),
        Figure("ratio", round(counted / bare, 2), "", ">=", 0.5),
        *(Figure(f"{key}: ratio", round(share, 2), "") for key, share in others.items()),
    ]


def _fps(path: Path, plugin: object) -> float:
    source = decoding.Source(path=str(path))
    limits = decoding.Limits(wall_s=120, cpu_s=120, frames=10_000)
    begun, count = time.perf_counter(), 0
    with decoding.frames(
        source, seconds=600, per_second=25, size=(640, 360), limits=limits
    ) as stream:
        if plugin is None:
            count = sum(1 for _frame in stream)
        else:
            frames = (Frame(one.at_s, one.picture) for one in stream)
            count = sum(1 for _output in plugin(frames))  # type: ignore[operator]
    return count / (time.perf_counter() - begun)


def _film(scene: Scene, path: Path, *, frames: int) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = scene.frame(number / 25)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())


def _plan(fps: list[Figure]) -> list[Figure]:
    """How many cameras one machine looks at in an hour; ``camera_day`` lives through a day."""
    an_hour = float(fps[1].value) * 3600 / (LOOK_S * RATE / 2)
    return [Figure("cameras looked at a minute (5 frames/s), an hour", round(an_hour), "cameras")]


def _real(bench: Bench) -> list[Figure]:
    path = Path(os.environ.get("BENCH_VIDEO_DATA", "")) / "car-detection.mp4"
    if not path.is_file():
        bench.progress("BENCH_VIDEO_DATA has no car-detection.mp4; the real clip is left out")
        return []
    one = next(built for built in BUILTINS if built.key == "line-count")
    drawing = {"lines": [{"id": "l", "name": "l", "a": [0, 0.55], "b": [1, 0.55]}]}
    plugin = one.load(one.defaults() | {"least_area": 0.004}, drawing)
    source = decoding.Source(path=str(path))
    ways: Counter[str] = Counter()
    with decoding.frames(source, seconds=120, per_second=12.5, size=(640, 360)) as stream:
        for output in plugin(Frame(one.at_s, one.picture) for one in stream):
            ways.update(mark["way"] for mark in output.marks)
    wrong = abs(ways["in"] - 2) + abs(ways["out"] - 2)
    return [
        Figure("car-detection.mp4, towards the camera (2)", ways["in"], "cars"),
        Figure("car-detection.mp4, away from it (2)", ways["out"], "cars"),
        Figure("car-detection.mp4, too many or missed", wrong, "cars", "<=", 0),
    ]
