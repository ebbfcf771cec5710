"""Numbers of a picture beside the standard picture of its camera: covered, moved."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from apps.diagnosis.metrics.stills import Grey

_COLUMNS, _ROWS = 16, 9
#: Blocks with less edge than this in the standard picture say nothing about a cover.
_LEAST_EDGE = 3.0
#: A block that keeps less of its edges than this, measured by the others, is covered.
_LOST = 0.45
_FEWEST_MATCHES = 12


@dataclass(frozen=True)
class Beside:
    """moved_share: how far the middle went, in widths of the picture, -1 where nothing tells.
    matches: points that agree on one movement. covered_share: of the blocks with edges, those
    that lost them while others kept theirs."""

    moved_share: float
    matches: int
    covered_share: float


def compare(standard: Grey, now: Grey) -> Beside:
    """Will measure a picture against the standard one; both of the same size."""
    turn, matches = _movement(standard, now)
    height, width = standard.shape
    if turn is None:
        return Beside(-1.0, matches, _covered(standard, now))
    middle = np.array([width / 2, height / 2, 1.0])
    away = turn @ middle - middle[:2]
    moved = float(np.hypot(*away)) / width
    return Beside(moved, matches, _covered(standard, now) if moved < 0.02 else 0.0)


def _movement(standard: Grey, now: Grey) -> tuple[npt.NDArray[np.float64] | None, int]:
    finder = cv2.ORB.create(nfeatures=700, fastThreshold=8)
    points, words = finder.detectAndCompute(_even(standard), None)
    points_now, words_now = finder.detectAndCompute(_even(now), None)
    if words is None or words_now is None or len(points) < 8 or len(points_now) < 8:
        return None, 0
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(words, words_now, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < 0.8 * p[1].distance]
    if len(good) < _FEWEST_MATCHES:
        return None, len(good)
    there = np.array([points[m.queryIdx].pt for m in good], np.float32)
    here = np.array([points_now[m.trainIdx].pt for m in good], np.float32)
    turn, agreeing = cv2.estimateAffinePartial2D(there, here, ransacReprojThreshold=3.0)
    count = int(agreeing.sum()) if agreeing is not None else 0
    if turn is None or count < _FEWEST_MATCHES or not 0.4 < np.hypot(turn[0, 0], turn[1, 0]) < 2.5:
        return None, count
    return np.asarray(turn, np.float64), count


def _even(grey: Grey) -> npt.NDArray[np.uint8]:
    """Light changes with the hour; what is compared is its structure."""
    plain = cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.uint8)
    return np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(plain), np.uint8)


def _covered(standard: Grey, now: Grey) -> float:
    before, after = _edges(standard), _edges(now)
    of_use = before >= _LEAST_EDGE
    if of_use.sum() < 10:
        return -1.0
    kept = after[of_use] / before[of_use]
    # Haze and a low lamp take from all blocks alike: judged by those that kept most.
    usual = max(float(np.percentile(kept, 95)), 0.2)
    return float((kept < _LOST * min(usual, 1.0)).mean())


def _edges(grey: Grey) -> npt.NDArray[np.float64]:
    """Mean strength of edges by block, fine grain smoothed away."""
    plain = cv2.GaussianBlur(grey, (0, 0), 1.5)
    strength = cv2.magnitude(
        cv2.Sobel(plain, cv2.CV_32F, 1, 0) / 4, cv2.Sobel(plain, cv2.CV_32F, 0, 1) / 4
    )
    small = cv2.resize(strength, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    return small.astype(np.float64)
