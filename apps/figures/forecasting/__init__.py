"""Foretelling counts per day and judging which counts are out of the ordinary.

Pure: counts and kinds of days in, figures out. ``VERSION`` is kept with every result; a change
of any method below changes it, so that an old warning can be told from a new one.
"""

from apps.figures.forecasting.backtest import Tested, backtest, quantiles
from apps.figures.forecasting.days import IsWorking, day_kinds
from apps.figures.forecasting.foretelling import (
    HORIZON,
    NEEDED_DAYS,
    Point,
    Told,
    foretell,
)
from apps.figures.forecasting.surprise import Surprise, adjusted, surprise

VERSION = "2026.1"

__all__ = [
    "HORIZON",
    "NEEDED_DAYS",
    "VERSION",
    "IsWorking",
    "Point",
    "Surprise",
    "Tested",
    "Told",
    "adjusted",
    "backtest",
    "day_kinds",
    "foretell",
    "quantiles",
    "surprise",
]
