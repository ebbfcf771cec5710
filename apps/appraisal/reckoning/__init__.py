"""How spells of trouble become rates and scores. Pure: no database, no Django model, no clock.

Moments are whole seconds since 1970 (UTC); lengths are whole seconds; rates are a pair of whole
numbers, so that sums over thousands of points are exact and the same figures come out again.
"""

from apps.appraisal.reckoning.month import HourHeard, Job, Look, PointSlice, Slice, reckon
from apps.appraisal.reckoning.painting import Condition, Ledger, Piece, Rules, Spell, paint
from apps.appraisal.reckoning.scoring import Rate, Weights, places, pooled, score_of

__all__ = [
    "Condition",
    "HourHeard",
    "Job",
    "Ledger",
    "Look",
    "Piece",
    "PointSlice",
    "Rate",
    "Rules",
    "Slice",
    "Spell",
    "Weights",
    "paint",
    "places",
    "pooled",
    "reckon",
    "score_of",
]
