"""What the coverage of a plan of points costs, over a city of 10 km by 12 km, at three radii.

Twice as many assets stand about at random as would cover a third of the ground, at most 4,000. The
processor's seconds are of everything a page asks: laying out, covering, gaps with a place and an
outline each, duplicates, what each of 200 planned points covers alone; and of proposing 100 points.
No database: what is read from it is one query of places.
"""

import math
import random
import time

from benchmarks.runner import Bench, Figure

DESCRIPTION = "coverage of a plan of points over 120 km²: processor seconds at 60, 300 and 1000 m"
NEEDS_DATABASE = False
RADII_M = (60, 300, 1000)
WIDE_M, HIGH_M = 12_000, 10_000
MOST_ASSETS, PLANNED, PROPOSED, GAPS = 4000, 200, 100, 20
TARGET_S = 1.0


def run(bench: Bench) -> list[Figure]:
    figures = []
    for radius_m in RADII_M:
        bench.progress(f"radius {radius_m} m")
        told, reckoned, proposed = _reckon(radius_m)
        figures += [
            Figure(f"{radius_m} m: coverage, {told} assets", reckoned, "s", "<=", TARGET_S),
            Figure(f"{radius_m} m: {PROPOSED} proposals", proposed, "s", "<=", TARGET_S),
        ]
    return figures


def _reckon(radius_m: int) -> tuple[int, float, float]:
    """How many assets stood, and the seconds of the coverage and of the proposals."""
    import numpy as np
    import shapely

    from apps.siting import coverage

    rng = random.Random(7)
    count = min(MOST_ASSETS, max(2, int(2 * WIDE_M * HIGH_M / (3 * math.pi * radius_m**2))))

    def scattered(number: int) -> "coverage.Floats":
        return np.array([(rng.uniform(0, WIDE_M), rng.uniform(0, HIGH_M)) for _n in range(number)])

    standing, planned = scattered(count), scattered(PLANNED)
    hole = shapely.box(2000, 2000, 3000, 3500)
    area = shapely.box(0, 0, WIDE_M, HIGH_M).difference(hole)
    begin = time.process_time()
    ground = coverage.lay_out(area, radius_m=radius_m)
    times = coverage.times_covered(ground, standing, radius_m=radius_m)
    times += coverage.times_covered(ground, planned, radius_m=radius_m)
    coverage.alone_covered(ground, planned, times, radius_m=radius_m)
    coverage.nearest_of(np.concatenate([planned, standing]), within_m=radius_m / 3)
    for gap in coverage.gaps_of(ground, times > 0, radius_m=radius_m, most=GAPS):
        coverage.outline_of(ground, gap.cells)
    middle = time.process_time()
    coverage.propose(ground, times > 0, radius_m=radius_m, count=PROPOSED, share=1.0)
    return count, middle - begin, time.process_time() - middle
