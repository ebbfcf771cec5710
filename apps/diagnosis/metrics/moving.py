"""Numbers of several pictures: does anything change, does everything shake."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from apps.diagnosis.metrics.stills import Grey, grain

#: Rows at top and bottom where cameras write their clock: it goes on when the picture froze.
_CLOCK = 0.13
_MOST_POINTS = 160
#: A shift below this many pixels of a picture 640 wide is not seen by anybody.
LEAST_SHIFT_PX = 1.2
SHAKE_WINDOW_S = 3.0


def change(before: Grey, after: Grey) -> float:
    """Will give the mean difference in grey levels, without the rows of the clock."""
    edge = int(before.shape[0] * _CLOCK)
    return float(np.abs(after[edge:-edge] - before[edge:-edge]).mean())


def stillness(greys: Sequence[Grey], times: Sequence[float]) -> tuple[float, float]:
    """Will give the greatest change from the first picture, and over how many seconds."""
    if len(greys) < 2:
        return -1.0, 0.0
    return max(change(greys[0], grey) for grey in greys[1:]), times[-1] - times[0]


def moving_grain(greys: Sequence[Grey]) -> float:
    """Will give the noise of what differs between pictures: the texture of the scene stays."""
    found = [grain(after - before) / 2**0.5 for before, after in pairwise(greys)]
    return float(np.median(found)) if found else -1.0


def shakes(greys: Sequence[Grey], times: Sequence[float]) -> tuple[int, float]:
    """Will give how often in three seconds the whole picture turned back, and how far it went.

    The picture's own movement is that on which most points of the background agree; a bus that
    passes is no shake. Pixels of a picture 640 wide.
    """
    if len(greys) < 6:
        return 0, 0.0
    moves = [_common_move(a, b) for a, b in pairwise(greys)]
    best, reach = 0, 0.0
    for axis in (0, 1):
        turns, size = _turns([move[axis] for move in moves], times)
        if turns > best:
            best, reach = turns, size
    return best, reach


def _turns(shifts: Sequence[float], times: Sequence[float]) -> tuple[int, float]:
    """Counts changes of direction; a small step between two large ones does not break them."""
    turned: list[float] = []
    sizes: list[float] = []
    last = 0.0
    for shift, at in zip(shifts, times[1:], strict=True):
        if abs(shift) < LEAST_SHIFT_PX:
            continue
        if last * shift < 0:
            turned.append(at)
            sizes.append(abs(shift))
        last = shift
    most = max((_within(turned, at) for at in turned), default=0)
    return most, float(np.median(sizes)) if sizes else 0.0


def _within(turned: Sequence[float], since: float) -> int:
    return sum(since <= at <= since + SHAKE_WINDOW_S for at in turned)


def _common_move(before: Grey, after: Grey) -> tuple[float, float]:
    first, second = before.astype(np.uint8), after.astype(np.uint8)
    points = cv2.goodFeaturesToTrack(first, _MOST_POINTS, 0.01, 9)
    if points is None or len(points) < 12:
        return 0.0, 0.0
    # Where to look first: where they were. The types of OpenCV know no "nowhere".
    moved, found, _error = cv2.calcOpticalFlowPyrLK(
        first, second, points, points.copy(), winSize=(21, 21), maxLevel=3
    )
    kept = found.ravel() == 1
    steps: npt.NDArray[np.float32] = (moved - points).reshape(-1, 2)[kept]
    if len(steps) < 12:
        return 0.0, 0.0
    middle = np.median(steps, axis=0)
    agreeing = np.abs(steps - middle).max(axis=1) < 1.0
    if agreeing.mean() < 0.5:
        return 0.0, 0.0
    scale = 640 / before.shape[1]
    dx, dy = steps[agreeing].mean(axis=0) * scale
    return float(dx), float(dy)
