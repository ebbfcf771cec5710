"""Fixed clips on which every version of the counting is measured: drawn streets. Source: CP-03."""

from collections.abc import Iterator, Sequence

from apps.algorithms.contract import Frame, Output
from apps.algorithms.registry import Clip, Verdict
from apps.video.scenes import Crossing, Scene

CODE = "drawn-streets"
SECONDS, RATE = 24.0, 10.0
SEEDS = tuple(range(9001, 9011))


def street_clips(seeds: Sequence[int] = SEEDS) -> list[Clip]:
    """Will give a clip for each street; every third by night; a line across the middle."""
    return [_clip(seed, is_night=number % 3 == 2) for number, seed in enumerate(seeds)]


def _clip(seed: int, *, is_night: bool) -> Clip:
    scene = Scene(seed, night=is_night, seconds=SECONDS)
    width, height = scene.size
    truth = scene.crossings(((width / 2, 0), (width / 2, height)), 0, SECONDS)

    def frames() -> Iterator[Frame]:
        for number in range(int(SECONDS * RATE)):
            yield Frame(number / RATE, scene.frame(number / RATE))

    def judge(outputs: Sequence[Output]) -> Verdict:
        return judge_crossings(outputs, truth)

    drawing = {"lines": [{"id": "line-1", "name": "line", "a": [0.5, 0], "b": [0.5, 1]}]}
    return Clip(f"street-{seed}", frames, drawing, judge)


def judge_crossings(outputs: Sequence[Output], truth: Sequence[Crossing]) -> Verdict:
    """Will hold crossings against those there were: same way, within a second."""
    free = [(one.t, "in" if one.side > 0 else "out") for one in truth]
    right = too_much = 0
    for output in outputs:
        for mark in output.marks:
            if mark["mark"] != "crossed":
                continue
            near = [one for one in free if one[1] == mark["way"] and abs(one[0] - output.at_s) < 1]
            if near:
                free.remove(min(near, key=lambda one: abs(one[0] - output.at_s)))
                right += 1
            else:
                too_much += 1
    return Verdict(right, too_much, len(free))
