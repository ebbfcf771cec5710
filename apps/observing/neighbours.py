"""Which values depart from what the neighbours said: pure reckoning, no I/O.

Robust z: distance from the median of the nearest stations, in units of their median absolute
deviation scaled to a standard deviation (1.4826 for a normal distribution).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Fewer neighbours outvote nobody.
LEAST = 4
_TO_DEVIATION = 1.4826
_CHUNK = 500


def nearest_of(places: Floats, *, radius_m: float, most: int) -> list[NDArray[np.intp]]:
    """Will give for each place the numbers of the nearest others, at most so many.

    places: metres, (n, 2). One without ``LEAST`` others within the radius gets none.
    """
    found: list[NDArray[np.intp]] = []
    for start in range(0, len(places), _CHUNK):
        part = places[start : start + _CHUNK]
        apart = np.hypot(
            part[:, None, 0] - places[None, :, 0], part[:, None, 1] - places[None, :, 1]
        )
        apart[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        for row in apart:
            order = np.argsort(row, kind="stable")[:most]
            near = order[row[order] <= radius_m]
            found.append(near if len(near) >= LEAST else near[:0])
    return found


def departing(
    values: Floats, near: list[NDArray[np.intp]], *, z_limit: float, least_spread: float
) -> list[tuple[int, int]]:
    """Will give (span, station) of each value too far from its neighbours' median.

    values: (spans, stations) with nan for nothing; near: as ``nearest_of`` says it. A span in
    which fewer than ``LEAST`` neighbours said something judges nobody.
    """
    found = []
    for station, others in enumerate(near):
        if not len(others):
            continue
        said = values[:, others]
        enough = np.count_nonzero(~np.isnan(said), axis=1) >= LEAST
        enough &= ~np.isnan(values[:, station])
        if not enough.any():
            continue
        spans = np.flatnonzero(enough)
        middle = np.nanmedian(said[spans], axis=1)
        spread = np.nanmedian(np.abs(said[spans] - middle[:, None]), axis=1) * _TO_DEVIATION
        z = np.abs(values[spans, station] - middle) / np.maximum(spread, least_spread)
        found += [(int(span), station) for span in spans[z > z_limit]]
    return sorted(found)
